"""Titles of HTTP status codes, in the user's language."""

from collections import defaultdict

from xiezuo.i18n import Text

STATUS_TEXTS: defaultdict[int, Text] = defaultdict(
    lambda: Text("Error", "错误"),
    {
        400: Text("Bad request", "请求有误"),
        401: Text("Login required", "请先登录"),
        403: Text("Not allowed", "没有权限"),
        404: Text("Not found", "未找到"),
        405: Text("Method not allowed", "不支持的方法"),
        408: Text("Request timeout", "请求超时"),
        409: Text("Conflict", "冲突"),
        413: Text("Too large", "内容过大"),
        415: Text("JSON required", "需要 JSON"),
        422: Text("Not valid", "内容不符合要求"),
        429: Text("Too many attempts", "尝试次数过多"),
        499: Text("Client disconnected", "客户端已离开"),
        500: Text("Internal error", "内部错误"),
        501: Text("Not installed here", "此处未安装所需组件"),
        502: Text("The model source failed", "模型来源出错"),
        503: Text("Temporarily unavailable", "暂时不可用"),
        507: Text("The disk is full", "磁盘已满"),
    },
)
