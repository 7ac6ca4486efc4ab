"""How does a vendor say no? One exception, rendered in the shape of the vendor that was addressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.provider.script import Fault  # a rule can be read without a script

ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
OPENAI_TYPES = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", None),
    429: ("requests", "rate_limit_exceeded"),
}
MESSAGES = {
    401: "The API key is missing or not valid.",
    408: "The request took too long.",
    413: "The request is too large.",
    429: "Rate limit reached: too many requests. Wait, then try again.",
    500: "The server had an error while it processed your request.",
    503: "The service is overloaded. Try again later.",
    529: "Overloaded",
}


class ProviderError(Exception):
    """A refusal with its HTTP status; `param` and `code` as OpenAI has them, `retry_after` in seconds."""

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.status = status
        self.message = message or MESSAGES.get(status, "The request failed.")
        self.param = param
        self.code = code
        self.retry_after = retry_after
        super().__init__(self.message)

    def openai(self) -> dict[str, Any]:
        """The body that OpenAI sends."""
        kind, code = OPENAI_TYPES.get(
            self.status, ("server_error" if self.status >= 500 else "invalid_request_error", None)
        )
        return {
            "error": {
                "message": self.message,
                "type": kind,
                "param": self.param,
                "code": self.code or code,
            }
        }

    def anthropic(self, request_id: str) -> dict[str, Any]:
        """The body that Anthropic sends."""
        kind = ANTHROPIC_TYPES.get(
            self.status, "api_error" if self.status >= 500 else "invalid_request_error"
        )
        return {"type": "error", "error": {"type": kind, "message": self.message}, "request_id": request_id}

    def headers(self) -> dict[str, str]:
        """`retry-after` in whole seconds where they are whole."""
        return {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}


def scripted(fault: Fault | None, *, late: bool = False) -> ProviderError | None:
    """The error that a script orders: at once, or `late`, in the middle of a stream."""
    if fault is None or fault.error is None or late != (fault.after is not None):
        return None
    return ProviderError(fault.error, fault.message or "", retry_after=fault.retry_after)
