"""Errors that exist only over HTTP, such as a missing key: one row each, in both languages.

Errors that the command line shares are in `xiezuo.errors`. A code never changes, and several rows
may share one. Raise a row as `HttpError(NO_CODE)`, with the facts that its text needs.
"""

from typing import NamedTuple

from xiezuo.i18n import Text


class Refusal(NamedTuple):
    """An RFC 9457 problem: its code, HTTP status, detail and remedy."""

    code: str
    status: int
    what: Text
    remedy: Text = Text("", "")


_LATER = Text("Try again in a moment.", "请稍后再试。")

# Before any route
FOREIGN_HOST = Refusal(
    "ForeignHost", 403, Text("This host name is not allowed.", "此主机名不在允许之列。")
)
FOREIGN_ORIGIN = Refusal(
    "ForeignOrigin", 403, Text("Requests from other sites are refused.", "拒绝来自其他网站的请求。")
)
JSON_NEEDED = Refusal(
    "JsonNeeded", 415, Text("Send JSON (`Content-Type: application/json`).", "请发送 JSON。")
)
BODY_TOO_LARGE = Refusal("BodyTooLarge", 413, Text("The request is too large.", "内容超过了上限。"))
BODY_TOO_SLOW = Refusal(
    "BodyTooSlow", 408, Text("The request did not arrive in time.", "请求未能及时到达。")
)
LOGIN_NEEDED = Refusal(
    "LoginNeeded", 401, Text("Log in, or send an API key.", "请登录，或发送 API 密钥。")
)
CSRF_TOKEN = Refusal(
    "CsrfToken", 403, Text("The CSRF token is missing or old.", "缺少 CSRF 令牌或已过期。")
)
SCOPE_MISSING = Refusal(
    "ScopeMissing",
    403,
    Text("This user or key may not do that.", "没有这项权限。"),
    Text("Ask an administrator, or use another key.", "请联系管理员，或换用其他密钥。"),
)
USER_BUSY = Refusal(
    "Busy", 429, Text("You have too many requests at once.", "你同时发出的请求过多。"), _LATER
)
QUEUE_FULL = Refusal(
    "Busy", 503, Text("There are too many requests at once.", "当前请求过多。"), _LATER
)
TOOK_TOO_LONG = Refusal("Busy", 503, Text("This took too long.", "处理时间过长。"), _LATER)
INVALID_REQUEST = Refusal(
    "InvalidRequest",
    422,
    Text("The request is not valid.", "请求内容不符合要求。"),
    Text("See /api/openapi.json.", "见 /api/openapi.json。"),
)
KEY_REUSED = Refusal(
    "KeyReused", 409, Text("This key was used for another request.", "该键已用于另一个请求。")
)
STILL_WORKING = Refusal(
    "StillWorking", 409, Text("The first request is still being answered.", "第一个请求仍在处理。")
)

# Accounts
WRONG_LOGIN = Refusal(
    "WrongPassword", 401, Text("Name or password is wrong.", "名称或密码不正确。")
)
WRONG_OLD_PASSWORD = Refusal(
    "WrongPassword", 403, Text("The old password is wrong.", "原密码不正确。")
)
TOO_MANY_ATTEMPTS = Refusal(
    "TooManyAttempts", 429, Text("Too many wrong passwords.", "密码错误次数过多。")
)
NO_USERS = Refusal(
    "NoUsers",
    409,
    Text("There are no users.", "尚无用户。"),
    Text("Create one: `xiezuo users add NAME`.", "请先创建：`xiezuo users add 名称`。"),
)
UNKNOWN_KEY = Refusal("UnknownKey", 404, Text("There is no such key.", "没有这个密钥。"))

# Documents
NOT_WRITTEN = Refusal("NotWritten", 409, Text("There is no text yet.", "还没有正文。"))
SECTION_TWICE = Refusal(
    "SectionTwice", 409, Text("A section can appear only once.", "一节只能放在一处。")
)
UNKNOWN_SECTION = Refusal("UnknownSection", 404, Text("There is no such section.", "没有这一节。"))
NO_SUCH_SELECTION = Refusal(
    "InvalidRequest", 422, Text("There is no such selection.", "选区不存在。")
)
NO_SUCH_FINDING = Refusal(
    "NoSuchFinding",
    404,
    Text("The linter does not report this finding there.", "检查器在该处没有发现这个问题。"),
    Text("Lint it again.", "请重新检查。"),
)
NO_CODE = Refusal("NoCode", 404, Text("The document has no code.", "文中没有代码。"))
TOO_HARD = Refusal(
    "TooHard",
    413,
    Text("Processing this takes too much time or memory.", "处理这些内容耗时或占用内存过多。"),
    Text("Split it, or check for broken markup.", "请拆分内容，或检查是否有异常的标记。"),
)

# Engine and models
NOTHING_GENERATED = Refusal(
    "NothingGenerated", 503, Text("The engine generated nothing.", "引擎没有生成内容。")
)
NO_MODEL_FILE = Refusal(
    "NoModelFile",
    404,
    Text("There is no .gguf file there.", "该路径下没有 .gguf 文件。"),
    Text("Give the full path on this server.", "请填写服务器上该文件的完整路径。"),
)
NO_PULL = Refusal(
    "NoPull", 404, Text("This model is not being downloaded.", "没有正在进行的下载。")
)
MODEL_IN_USE = Refusal(
    "ModelInUse",
    409,
    Text("The engine is using this model.", "引擎正在使用该模型。"),
    Text("Switch to another model first.", "请先换用其他模型。"),
)

# The OpenAI protocol
NO_TASK = Refusal("NoTask", 400, Text("There is no user message.", "没有用户消息。"))
INVALID_BRIEF = Refusal(
    "InvalidBrief", 400, Text("The message is empty or far too long.", "消息为空或过长。")
)
WRITING_STOPPED = Refusal(
    "WritingStopped",
    503,
    Text("Writing stopped: {state}. {problem}", "写作中止：{state}。{problem}"),
)

# The studio's pages
NOT_FOUND = Refusal("NotFound", 404, Text("There is nothing here.", "这里什么都没有。"))
NO_STUDIO = Refusal(
    "NoStudio",
    404,
    Text("The studio was not built.", "写作室尚未构建。"),
    Text("In a checkout: `make studio`.", "在源码目录中运行 `make studio`。"),
)

REFUSALS = tuple(row for row in tuple(globals().values()) if isinstance(row, Refusal))
