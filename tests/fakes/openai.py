"""OpenAI's chat completions, and what servers that speak like it refuse: https://platform.openai.com/docs/api-reference/chat"""

import json
import re
from typing import Any, ClassVar

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from tests.fakes.model import USAGE, FakeModel, broken_arguments
from tests.fakes.server import Answer, Call, arguments, serve

PATH = "/v1/chat/completions"
COMMON = {
    "model", "messages", "tools", "tool_choice", "temperature", "top_p", "stop", "stream", "n", "response_format",
    "presence_penalty", "frequency_penalty", "parallel_tool_calls", "max_tokens",
}  # fmt: skip
KNOWN = {
    "openai": COMMON | {
        "max_completion_tokens", "stream_options", "seed", "user", "logprobs", "top_logprobs", "logit_bias", "store",
        "metadata", "service_tier", "reasoning_effort", "verbosity", "prediction", "modalities", "audio",
        "safety_identifier", "prompt_cache_key",
    },
    "mistral": COMMON | {"random_seed", "safe_prompt", "prompt_mode", "prediction"},
    "local": COMMON | {"seed", "stream_options"},
}  # fmt: skip
ROLES = {"system", "developer", "user", "assistant", "tool"}
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class FakeOpenAI(FakeModel):
    """One account. `dialect`: whose habits it has (`openai`, `mistral`, `local`)."""

    name: ClassVar[str] = "openai"
    key: ClassVar[str] = "sk-test-openai"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.dialect = "openai"

    def wrong(self, call: Call) -> Answer | None:
        if call.path != PATH or call.method != "POST":
            return self.refusal(404, "unknown_url")
        if call.headers.get("authorization") != f"Bearer {self.key}":
            return self.refusal(401, "invalid_api_key")
        try:
            body = json.loads(call.body)
        except ValueError:
            return self.refusal(400, "invalid_json")
        found = wrong_request(body, self.dialect)
        return self.refusal(422 if self.dialect == "mistral" else 400, found) if found else None

    def said(self, body: dict[str, Any], reply: Any, is_measured: bool) -> dict[str, Any]:
        message, reason = _message(body, reply)
        choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason, "logprobs": None}
        answer: dict[str, Any] = {
            "id": f"chatcmpl-{len(self.calls)}", "object": "chat.completion", "created": 1_773_136_800,
            "model": body["model"], "choices": [choice],
        }  # fmt: skip
        if is_measured:
            read, written = USAGE
            answer["usage"] = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        return answer

    def refusal(self, status: int, code: str) -> Answer:
        kind = "server_error" if status >= 500 else "invalid_request_error"
        return Answer(status, {"error": {"message": code, "type": kind, "param": None, "code": code}})

    def too_many(self) -> Answer:
        error = {"message": "Rate limit reached", "type": "requests", "param": None, "code": "rate_limit_exceeded"}
        return Answer(429, {"error": error}, {"Retry-After": "1"})

    def broken(self) -> Answer:
        return self.refusal(500, "internal")


def _message(body: dict[str, Any], reply: Any) -> tuple[dict[str, Any], str]:
    """Return what the model says, and why it ended."""
    if reply == "refusal":
        return {"content": None, "refusal": "I'm sorry, I cannot help with that."}, "stop"
    if reply == "filtered":
        return {"content": None, "refusal": None}, "content_filter"
    if reply == "text" or not body.get("tools"):
        return {"content": reply if isinstance(reply, str) else json.dumps(reply), "refusal": None}, "stop"
    text = '{"cut": "in the mid' if reply == "too_long" else broken_arguments(reply) or json.dumps(reply)
    function = {"name": body["tools"][0]["function"]["name"], "arguments": text}
    call = {"id": f"call{len(body['messages']):05d}", "type": "function", "function": function}
    reason = "length" if reply == "too_long" else "tool_calls"
    return {"content": None, "refusal": None, "tool_calls": [call]}, reason


def wrong_request(body: Any, dialect: str) -> str:
    """Return what OpenAI, or who speaks like it, would refuse of a request; nothing: it is right."""
    if not isinstance(body, dict) or not isinstance(body.get("model"), str) or not body["model"]:
        return "you must provide a model parameter"
    if unknown := sorted(body.keys() - KNOWN[dialect]):
        return f"Unrecognized request argument supplied: {', '.join(unknown)}"
    if "max_tokens" in body and "max_completion_tokens" in body:
        return "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
    longest = body.get("max_completion_tokens", body.get("max_tokens", 1))
    if not isinstance(longest, int) or longest < 1:
        return "Invalid 'max_tokens': integer below minimum value"
    if "tool_choice" in body and not body.get("tools"):
        return "'tool_choice' is only allowed when 'tools' are specified."
    return _wrong_messages(body.get("messages")) or _wrong_tools(body.get("tools", []), dialect)


def _wrong_messages(messages: Any) -> str:
    if not isinstance(messages, list) or not messages:
        return "Invalid type for 'messages': expected a non-empty array"
    called: set[str] = set()
    for number, message in enumerate(messages):
        role, content = message.get("role"), message.get("content")
        if role not in ROLES:
            return f"Invalid value: messages[{number}].role"
        calls = message.get("tool_calls") or []
        if not isinstance(content, str | list) and not (role == "assistant" and calls):
            return f"Invalid value for 'content': messages[{number}]"
        if role == "tool" and message.get("tool_call_id") not in called:
            return "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
        if role != "tool" and called:
            return "An assistant message with 'tool_calls' must be followed by tool messages."
        called = called - {message.get("tool_call_id")} | {call["id"] for call in calls}
    return "An assistant message with 'tool_calls' must be followed by tool messages." if called else ""


def _wrong_tools(tools: Any, dialect: str) -> str:
    for tool in tools:
        function = tool.get("function", {})
        if tool.get("type") != "function" or not NAME.fullmatch(function.get("name", "")):
            return "Invalid 'tools[0].function.name': string does not match pattern."
        if function.get("strict") and dialect != "openai":
            return "strict tools are not known here"
        parameters = function.get("parameters", {"type": "object"})
        try:
            Draft202012Validator.check_schema(parameters)
        except SchemaError as error:
            return f"Invalid schema for function: {error.message}"
        if parameters.get("type") != "object":
            return "Invalid schema for function: schema must be a JSON Schema of 'type: \"object\"'."
        if function.get("strict") and (found := _not_strict(parameters)):
            return f"Invalid schema for function: {found}"
    return ""


def _not_strict(schema: Any) -> str:
    """Return what keeps a schema from being one that OpenAI enforces."""
    if isinstance(schema, list):
        return next((found for each in schema if (found := _not_strict(each))), "")
    if not isinstance(schema, dict):
        return ""
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            return "'additionalProperties' is required to be supplied and to be false."
        if missing := schema.get("properties", {}).keys() - set(schema.get("required", [])):
            return f"'required' is required to include every key in properties. Missing {sorted(missing)}"
    return _not_strict(list(schema.values()))


if __name__ == "__main__":
    serve(FakeOpenAI(arguments().parse_args().port))
