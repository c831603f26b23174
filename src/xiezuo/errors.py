"""Every error a user can meet, with what to do about it.

XiezuoError
├── InputError (exit 2)             what the user gave cannot be used
│   ├── BriefError
│   ├── SettingsError
│   ├── NothingToResumeError
│   ├── UnknownDocumentError
│   ├── UnknownJobError
│   ├── PromptError                 a template of the user's own
│   ├── SandboxMissingError
│   ├── AccountError
│   ├── ServerSettingsError
│   ├── ImportFileError
│   ├── LintConfigError
│   └── LintInputError
├── ModelError (exit 3)             no usable model file
│   ├── UnknownModelError
│   ├── ModelNotInstalledError
│   ├── ModelFileError              corrupt, truncated or foreign
│   ├── DownloadError
│   │   └── HubsUnreachableError
│   └── PullInProgressError
├── EngineError (exit 4)            the engine cannot be used
│   ├── EngineStartError
│   ├── EngineLoadingError          for the moment
│   ├── NoEngineError               before a model was chosen
│   ├── EngineMemoryError
│   ├── EngineLostError             gone while it was working; the text so far is kept
│   ├── EngineStalledError
│   ├── EngineRefusedError
│   ├── EngineUnreachableError
│   └── ContextOverflowError
├── OutputError (exit 5)            the text cannot be written where it should go
│   ├── OutputExistsError
│   ├── OutputPathError
│   ├── DiskFullError
│   └── ExportError
│       ├── ExportToolMissingError
│       └── FontMissingError
└── StoreError (exit 6)             the database cannot be used
    ├── StoreVersionError           made by a newer xiezuo
    ├── StoreDamagedError           set aside
    ├── BackupError
    ├── StaleSectionError           somebody else changed it in between
    ├── DocumentBusyError           it is being written
    └── UnfinishedJobError          in the way of deleting a document

Raise with facts; the class writes the sentence, in the user's language.
"""

from typing import ClassVar

from xiezuo.i18n import Text


class XiezuoError(Exception):
    """What happened and what to do, filled from keyword facts; `exit_code` is the CLI's."""

    exit_code: ClassVar[int] = 1
    what: ClassVar[Text]
    remedy: ClassVar[Text]

    def __init__(self, **facts: object) -> None:
        super().__init__()
        self.facts = facts

    @property
    def message(self) -> str:
        return self.what.fill(**self.facts)

    @property
    def advice(self) -> str:
        return self.remedy.fill(**self.facts)

    @property
    def code(self) -> str:
        """A stable name for programs: the class name."""
        return type(self).__name__

    def __str__(self) -> str:
        return f"{self.message} {self.advice}"


class InputError(XiezuoError):
    exit_code = 2


class BriefError(InputError):
    what = Text(
        "The brief {source} cannot be used: {problem}.", "无法使用写作要求 {source}：{problem}。"
    )
    remedy = Text("{hint}", "{hint}")


class SettingsError(InputError):
    what = Text("A setting is wrong: {problem}.", "设置有误：{problem}。")
    remedy = Text("See docs/reference/settings.md.", "见 docs/reference/settings.md。")


class NothingToResumeError(InputError):
    what = Text("There is nothing to go on with at {path}.", "{path} 没有可以续写的内容。")
    remedy = Text(
        "The document is complete, or {progress} beside it is gone. Leave out --resume to write "
        "a new one.",
        "文档已经写完，或者旁边的 {progress} 已不在。去掉 --resume 即可重新写一篇。",
    )


class UnknownDocumentError(InputError):
    what = Text("There is no document {id}.", "没有文档 {id}。")
    remedy = Text("`xiezuo jobs` shows what is there.", "`xiezuo jobs` 列出已有的内容。")


class UnknownJobError(InputError):
    what = Text("No job, or more than one, is called {id}.", "没有名为 {id} 的任务，或不止一个。")
    remedy = Text(
        "`xiezuo jobs` lists them; the beginning of an id will do.",
        "`xiezuo jobs` 列出全部任务；只写编号开头即可。",
    )


class PromptError(InputError):
    what = Text(
        "The prompt {path} cannot be used: {problem}.", "无法使用提示词 {path}：{problem}。"
    )
    remedy = Text(
        "Mend it, or remove it to use ours; see docs/how-to/change-the-prompts.md.",
        "请修改，或删除以使用默认提示词；见 docs/how-to/change-the-prompts.zh.md。",
    )


class SandboxMissingError(InputError):
    what = Text("Code cannot be run: bubblewrap is missing.", "无法运行代码：缺少 bubblewrap。")
    remedy = Text(
        "Install it (`apt install bubblewrap`), or leave `run_code` off.",
        "请安装（`apt install bubblewrap`），或关闭 `run_code`。",
    )


class AccountError(InputError):
    what = Text("The account cannot be changed: {problem}.", "无法更改账户：{problem}。")
    remedy = Text("`xiezuo users list` shows who is there.", "`xiezuo users list` 列出已有的用户。")


class ServerSettingsError(InputError):
    what = Text("The server does not start: {problem}.", "服务器未启动：{problem}。")
    remedy = Text("{hint}", "{hint}")


class ImportFileError(InputError):
    what = Text("The file cannot be imported: {problem}.", "无法导入文件：{problem}。")
    remedy = Text("{hint}", "{hint}")


class LintConfigError(InputError):
    what = Text("The linter cannot be set up: {problem}.", "无法配置 lint：{problem}。")
    remedy = Text(
        "`xiezuo rule --list` shows every rule; see docs/how-to/lint-texts.md for the settings.",
        "`xiezuo rule --list` 列出全部规则；设置项见 docs/how-to/lint-texts.md。",
    )


class LintInputError(InputError):
    what = Text("{path} cannot be linted: {problem}.", "无法检查 {path}：{problem}。")
    remedy = Text(
        "Give a UTF-8 text file, a folder, or `-`.", "请给出 UTF-8 文本文件、文件夹或 `-`。"
    )


class ModelError(XiezuoError):
    exit_code = 3


class UnknownModelError(ModelError):
    what = Text("No model is called {model!r}.", "没有名为 {model!r} 的模型。")
    remedy = Text(
        "`xiezuo models list` shows the known ones; a path to a .gguf file works too.{suggestion}",
        "用 `xiezuo models list` 查看可用模型；也可以直接给出 .gguf 文件的路径。{suggestion}",
    )


class ModelNotInstalledError(ModelError):
    what = Text("The model {model!r} is not on this machine.", "本机还没有模型 {model!r}。")
    remedy = Text(
        "Fetch it: `xiezuo models pull {model}`.", "请下载：`xiezuo models pull {model}`。"
    )


class ModelFileError(ModelError):
    what = Text(
        "The model file {path} is not usable: {problem}.", "模型文件 {path} 不可用：{problem}。"
    )
    remedy = Text(
        "Remove it (`xiezuo models remove`) and fetch it again (`xiezuo models pull`).",
        "请删除（`xiezuo models remove`）后重新下载（`xiezuo models pull`）。",
    )


class DownloadError(ModelError):
    what = Text("{model} could not be downloaded: {problem}.", "{model} 下载失败：{problem}。")
    remedy = Text(
        "What has arrived is kept; run `xiezuo models pull {model}` again to go on. "
        "Behind a firewall set HF_ENDPOINT to a mirror or HTTPS_PROXY to your proxy.",
        "已下载的部分会保留；再次运行 `xiezuo models pull {model}` 即可续传。"
        "网络受限时请用 HF_ENDPOINT 指定镜像，或用 HTTPS_PROXY 指定代理。",
    )


class HubsUnreachableError(DownloadError):
    what = Text(
        "{model} could not be downloaded: no source can be reached ({problem}).",
        "{model} 下载失败：所有来源都无法连接（{problem}）。",
    )


class PullInProgressError(ModelError):
    what = Text(
        "{model} is already being downloaded by another xiezuo.", "另一个 xiezuo 正在下载 {model}。"
    )
    remedy = Text("Wait for it to end, then try again.", "请等它完成后再试。")


class EngineError(XiezuoError):
    exit_code = 4


class EngineStartError(EngineError):
    what = Text("The engine did not start: {problem}.", "引擎未能启动：{problem}。")
    remedy = Text(
        "Run `xiezuo doctor`. The engine's log is {log}; it ends with:\n{tail}",
        "请运行 `xiezuo doctor`。引擎日志在 {log}，末尾为：\n{tail}",
    )


class EngineLoadingError(EngineError):
    what = Text("The engine is loading {model}.", "引擎正在载入 {model}。")
    remedy = Text("Try again in a moment; jobs wait.", "请稍后再试；任务会自动等待。")


class NoEngineError(EngineError):
    what = Text("No model is loaded{problem}.", "尚未载入模型{problem}。")
    remedy = Text("Pull one and use it: `xiezuo models pull`.", "请下载：`xiezuo models pull`。")


class EngineMemoryError(EngineError):
    what = Text(
        "{model} needs about {needed} of memory and only {available} is available.",
        "{model} 大约需要 {needed} 内存，而可用的只有 {available}。",
    )
    remedy = Text(
        "Close other programs, set a smaller engine.context, or use a smaller model "
        "(`xiezuo models list`).",
        "请关闭其他程序、调小 engine.context，或换用更小的模型（`xiezuo models list`）。",
    )


class EngineLostError(EngineError):
    what = Text(
        "The engine went away while it was writing: {problem}.", "引擎在写作途中断开：{problem}。"
    )
    remedy = Text(
        "What was written is kept. If it happens again, run `xiezuo doctor`.",
        "已写的内容都已保留。若再次发生，请运行 `xiezuo doctor`。",
    )


class EngineStalledError(EngineError):
    what = Text(
        "The engine has been silent for {seconds:.0f} s.", "引擎已有 {seconds:.0f} 秒没有任何输出。"
    )
    remedy = Text(
        "What was written is kept. On a very slow machine raise engine.stall_seconds.",
        "已写的内容都已保留。机器很慢时，可调大 engine.stall_seconds。",
    )


class EngineRefusedError(EngineError):
    what = Text(
        "The engine at {address} refused the request ({status}): {problem}.",
        "引擎 {address} 拒绝了请求（{status}）：{problem}。",
    )
    remedy = Text(
        "Check engine.base_url, engine.api_key and engine.model.",
        "请检查 engine.base_url、engine.api_key 和 engine.model。",
    )


class EngineUnreachableError(EngineError):
    what = Text(
        "No engine answers at {address}: {problem}.", "引擎 {address} 没有应答：{problem}。"
    )
    remedy = Text(
        "Start it, or correct engine.base_url (`--base-url`).",
        "请启动该引擎，或更正 engine.base_url（`--base-url`）。",
    )


class ContextOverflowError(EngineError):
    what = Text(
        "The prompt has {prompt_tokens} tokens and the engine's context holds {context}.",
        "提示词有 {prompt_tokens} 个 token，而引擎的上下文只有 {context}。",
    )
    remedy = Text(
        "Shorten the brief, above all its example, or raise engine.context.",
        "请精简写作要求（尤其是示例），或调大 engine.context。",
    )


class OutputError(XiezuoError):
    exit_code = 5


class OutputExistsError(OutputError):
    what = Text("{path} exists already.", "{path} 已经存在。")
    remedy = Text(
        "Continue it with --resume, replace it with --overwrite, or choose another -o.",
        "可用 --resume 续写，用 --overwrite 覆盖，或用 -o 另选文件。",
    )


class OutputPathError(OutputError):
    what = Text("{path} cannot be written: {problem}.", "无法写入 {path}：{problem}。")
    remedy = Text("Choose a place you may write to with -o.", "请用 -o 选择有写入权限的位置。")


class DiskFullError(OutputError):
    what = Text("The disk that holds {path} is full.", "{path} 所在磁盘已满。")
    remedy = Text("{hint}", "{hint}")


class ExportError(OutputError):
    what = Text("The document cannot be exported: {problem}.", "无法导出文档：{problem}。")
    remedy = Text(
        "Export it as Markdown, which always works, and report this.",
        "请改为导出 Markdown（总是可用），并反馈此问题。",
    )


class ExportToolMissingError(ExportError):
    what = Text("{tool} is needed, and not installed.", "需要 {tool}，但尚未安装。")
    remedy = Text("Run `pip install 'xiezuo[export]'`.", "请运行 `pip install 'xiezuo[export]'`。")


class FontMissingError(ExportError):
    what = Text("No font for Chinese was found.", "未找到中文字体。")
    remedy = Text(
        "Install one ({fonts}; on Debian: `apt install fonts-noto-cjk`), or put a font file into "
        "{folder}.",
        "请安装中文字体（{fonts}；Debian：`apt install fonts-noto-cjk`），"
        "或把字体文件放入 {folder}。",
    )


class StoreError(XiezuoError):
    exit_code = 6
    what = Text(
        "The database {place} cannot be used: {problem}.", "无法使用数据库 {place}：{problem}。"
    )
    remedy = Text(
        "See that it can be reached and written to and that its disk has space; nothing that was "
        "saved is lost.",
        "请确认数据库可以连接和写入、磁盘还有空间；已保存的内容不会丢失。",
    )


class StoreVersionError(StoreError):
    what = Text(
        "The database {place} was made by a newer xiezuo (this one knows up to {newest}).",
        "数据库 {place} 由更新版本的 xiezuo 创建（当前版本只认识到 {newest}）。",
    )
    remedy = Text("Update xiezuo; the database is untouched.", "请升级 xiezuo；数据库没有改动。")


class StoreDamagedError(StoreError):
    what = Text("The database {place} is damaged: {problem}.", "数据库 {place} 已损坏：{problem}。")
    remedy = Text(
        "It was set aside as {aside}. Start again for an empty one, then `xiezuo restore BACKUP`; "
        "what can still be read of the old one, `sqlite3 {aside} .recover` shows.",
        "已将其移至 {aside}。重新启动会新建空库，然后运行 `xiezuo restore 备份文件`；"
        "旧库中尚可读取的内容可用 `sqlite3 {aside} .recover` 查看。",
    )


class BackupError(StoreError):
    what = Text("The backup {path} cannot be used: {problem}.", "无法使用备份 {path}：{problem}。")
    remedy = Text(
        "Nothing was changed. Use another file, or an empty data folder to restore into.",
        "没有任何改动。请换一个文件；恢复时请使用空的数据目录。",
    )


class StaleSectionError(StoreError):
    what = Text("Section {section} was changed in between.", "第 {section} 节在此期间已被修改。")
    remedy = Text("Read it again, then save your change.", "请重新读取后再保存修改。")


class DocumentBusyError(StoreError):
    what = Text("The document is being written.", "文档正在写作中。")
    remedy = Text("Pause or cancel its job first.", "请先暂停或取消其任务。")


class UnfinishedJobError(StoreError):
    what = Text("The document has an open job ({state}).", "文档还有未结束的任务（{state}）。")
    remedy = Text("Cancel the job, then delete the document.", "请先取消该任务，再删除文档。")
