"""Do tools fit? Their declarations, and calls and results that must follow each other, in both formats."""

from __future__ import annotations

from typing import Any

from grader.provider.errors import ProviderError


def check_openai(body: dict[str, Any]) -> None:
    """Raises 400 for a malformed tool, or for a call or a result without its counterpart."""
    for position, tool in enumerate(body.get("tools") or ()):
        function = tool.get("function") if isinstance(tool, dict) and tool.get("type") == "function" else None
        if not isinstance(function, dict) or not function.get("name"):
            raise ProviderError(
                400,
                f"Missing required parameter: 'tools[{position}].function'.",
                param=f"tools[{position}].function",
                code="missing_required_parameter",
            )
    waiting: list[str] = []
    known: set[str] = set()
    for position, message in enumerate(body["messages"]):
        if message["role"] == "tool":
            _check_result(message, position, known)
            waiting = [name for name in waiting if name != message["tool_call_id"]]
            continue
        _check_answered(waiting)
        waiting = [call.get("id", "") for call in message.get("tool_calls") or ()]
        known = set(waiting)
    _check_answered(waiting)


def _check_result(message: dict[str, Any], position: int, known: set[str]) -> None:
    """A result must answer a call of the assistant message before it."""
    if message.get("tool_call_id") not in known:
        raise ProviderError(
            400,
            "Invalid parameter: messages with role 'tool' must be a response to a preceding message "
            "with 'tool_calls'.",
            param=f"messages[{position}].role",
        )


def _check_answered(waiting: list[str]) -> None:
    """Every call needs its result before anybody else speaks."""
    if waiting:
        raise ProviderError(
            400,
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            "'tool_call_id'. The following tool_call_ids did not have response messages: "
            f"{', '.join(waiting)}",
            param="messages",
        )


def check_anthropic(body: dict[str, Any]) -> None:
    """Raises 400 for a malformed tool, or for a call or a result without its counterpart."""
    for position, tool in enumerate(body.get("tools") or ()):
        for name in ("name", "input_schema"):
            served = (
                name == "input_schema" and isinstance(tool, dict) and tool.get("type", "custom") != "custom"
            )
            if not isinstance(tool, dict) or (name not in tool and not served):
                raise ProviderError(400, f"tools.{position}.{name}: Field required")
    waiting: list[str] = []
    for position, message in enumerate(body["messages"]):
        _check_pairs(waiting, _ids(message, "tool_result", "tool_use_id"), position)
        waiting = _ids(message, "tool_use", "id")


def _check_pairs(waiting: list[str], results: list[str], position: int) -> None:
    """The results in a message are those of the calls in the message before it, all and no others."""
    if stray := [name for name in results if name not in waiting]:
        raise ProviderError(
            400,
            f"messages.{position}: unexpected `tool_use_id` found in `tool_result` blocks: {stray[0]}. "
            "Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
        )
    if lost := [name for name in waiting if name not in results]:
        raise ProviderError(
            400,
            f"messages.{position - 1}: `tool_use` ids were found without `tool_result` blocks immediately "
            f"after: {', '.join(lost)}. Each `tool_use` block must have a corresponding `tool_result` block "
            "in the next message.",
        )


def _ids(message: dict[str, Any], kind: str, field: str) -> list[str]:
    """The ids in a message's blocks of one kind."""
    content = message["content"] if isinstance(message["content"], list) else []
    return [block.get(field, "") for block in content if block.get("type") == kind]
