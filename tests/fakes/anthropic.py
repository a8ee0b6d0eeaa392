"""Anthropic's messages: https://docs.anthropic.com/en/api/messages"""

import json
from typing import Any, ClassVar

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from tests.fakes.model import USAGE, FakeModel, broken_arguments
from tests.fakes.server import Answer, Call, arguments, serve

PATH = "/v1/messages"
KNOWN = {
    "model", "max_tokens", "messages", "system", "tools", "tool_choice", "temperature", "top_p", "top_k", "stream",
    "stop_sequences", "metadata", "thinking", "service_tier",
}  # fmt: skip
KINDS = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}


class FakeAnthropic(FakeModel):
    """One account."""

    name: ClassVar[str] = "anthropic"
    key: ClassVar[str] = "sk-ant-test"

    def wrong(self, call: Call) -> Answer | None:
        if call.path.partition("?")[0] != PATH or call.method != "POST":
            return self.refusal(404, "Not found")
        # The documentation names x-api-key; Anthropic's own library sends Authorization since its version 2.
        if call.headers.get("authorization", call.headers.get("x-api-key", "")).removeprefix("Bearer ") != self.key:
            return self.refusal(401, "invalid x-api-key")
        if not call.headers.get("anthropic-version"):
            return self.refusal(400, "anthropic-version: header is required")
        try:
            body = json.loads(call.body)
        except ValueError:
            return self.refusal(400, "The request body is not valid JSON")
        found = wrong_request(body)
        return self.refusal(400, found) if found else None

    def said(self, body: dict[str, Any], reply: Any, is_measured: bool) -> dict[str, Any]:
        content, reason = _content(body, reply)
        read, written = USAGE if is_measured else (0, 0)
        return {
            "id": f"msg_{len(self.calls)}", "type": "message", "role": "assistant", "model": body["model"],
            "content": content, "stop_reason": reason, "stop_sequence": None,
            "usage": {"input_tokens": read, "output_tokens": written},
        }  # fmt: skip

    def refusal(self, status: int, code: str) -> Answer:
        return Answer(status, {"type": "error", "error": {"type": KINDS.get(status, "api_error"), "message": code}})

    def too_many(self) -> Answer:
        answer = self.refusal(429, "This request would exceed your rate limit")
        answer.headers["retry-after"] = "1"
        return answer

    def broken(self) -> Answer:
        return self.refusal(500, "Internal server error")


def _content(body: dict[str, Any], reply: Any) -> tuple[list[dict[str, Any]], str]:
    """Return what the model says, and why it ended."""
    if reply == "refusal":
        return [], "refusal"
    if reply == "text" or not body.get("tools"):
        return [{"type": "text", "text": str(reply)}], "end_turn"
    given = json.loads(broken_arguments("wrong_types") or "") if isinstance(reply, str) else reply
    call = {"type": "tool_use", "id": f"toolu_{len(body['messages'])}", "name": body["tools"][0]["name"]}
    return [call | {"input": given}], "max_tokens" if reply == "too_long" else "tool_use"


def wrong_request(body: Any) -> str:
    """Return what Anthropic would refuse of a request; nothing: it is right."""
    if unknown := sorted(body.keys() - KNOWN):
        return f"{unknown[0]}: Extra inputs are not permitted"
    if missing := sorted({"model", "max_tokens", "messages"} - body.keys()):
        return f"{missing[0]}: Field required"
    if not isinstance(body["max_tokens"], int) or body["max_tokens"] < 1:
        return "max_tokens: must be greater than or equal to 1"
    messages = body["messages"]
    if not messages or messages[0].get("role") != "user":
        return "messages: first message must use the user role"
    if any(message.get("role") not in ("user", "assistant") for message in messages):
        return "messages: Unexpected role. Allowed are user and assistant"
    for tool in body.get("tools", []):
        try:
            Draft202012Validator.check_schema(tool["input_schema"])
        except (SchemaError, KeyError):
            return f"tools.{tool.get('name')}.input_schema: Invalid"
    return ""


if __name__ == "__main__":
    serve(FakeAnthropic(arguments().parse_args().port))
