"""Sends OpenAI's key to whatever host speaks its format; who runs that host can use it."""

CAUGHT_BY = ["test_a_chat_completion_comes_back_normalized[deepseek]"]
HINT = 3


def sdk(config: Config) -> Any:
    if config["provider"] == "anthropic":
        return connected("anthropic", config["base_url"], config["timeout"])
    key = os.environ["OPENAI_API_KEY"]
    return openai.OpenAI(api_key=key, base_url=config["base_url"], timeout=config["timeout"], max_retries=0)
