"""Every error that can reach a user, with what to do about it.

XiezuoError
├── InputError (exit 2)             input of the user cannot be used
│   ├── BriefError
│   ├── SettingsError
│   ├── NothingToResumeError
│   ├── UnknownDocumentError
│   ├── UnknownJobError
│   ├── PromptError                 a custom prompt template
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
│   ├── EngineLoadingError          temporary
│   ├── NoEngineError               no model has been loaded yet
│   ├── EngineMemoryError
│   ├── EngineLostError             lost during writing; the text so far is kept
│   ├── EngineStalledError
│   ├── EngineRefusedError
│   ├── EngineUnreachableError
│   └── ContextOverflowError
├── OutputError (exit 5)            the output cannot be written
│   ├── OutputExistsError
│   ├── OutputPathError
│   ├── DiskFullError
│   └── ExportError
│       ├── ExportToolMissingError
│       └── FontMissingError
└── StoreError (exit 6)             the database cannot be used
    ├── StoreVersionError           created by a newer xiezuo
    ├── StoreDamagedError           the file was moved aside
    ├── BackupError
    ├── StaleSectionError           changed by somebody else in the meantime
    ├── DocumentBusyError           a job is writing it
    └── UnfinishedJobError          prevents the deletion of its document

Raise with facts as keywords; the class formats the sentences in the user's language.
"""

from typing import ClassVar

from xiezuo.i18n import Text


class XiezuoError(Exception):
    """An error with a message (`what`) and advice (`remedy`), both formatted from keyword facts.

    `exit_code` is the exit code of the command line.
    """

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
    what = Text("A setting is invalid: {problem}.", "设置有误：{problem}。")
    remedy = Text(
        "Correct it; see docs/reference/settings.md.", "请更正；参见 docs/reference/settings.md。"
    )


class NothingToResumeError(InputError):
    what = Text("There is nothing to resume at {path}.", "{path} 没有可以续写的内容。")
    remedy = Text(
        "The document is complete, or its progress file {progress} no longer exists. Omit --resume "
        "to write a new document.",
        "文档已经写完，或者进度文件 {progress} 已不存在。去掉 --resume 即可重新写一篇。",
    )


class UnknownDocumentError(InputError):
    what = Text("There is no document {id}.", "没有文档 {id}。")
    remedy = Text(
        "Run `xiezuo jobs` to list the documents.", "请运行 `xiezuo jobs` 查看已有的文档。"
    )


class UnknownJobError(InputError):
    what = Text("No job, or more than one, matches {id}.", "没有任务匹配 {id}，或匹配到多个任务。")
    remedy = Text(
        "Run `xiezuo jobs` to list them; the first characters of an id are enough.",
        "请运行 `xiezuo jobs` 查看全部任务；只写编号的前几位即可。",
    )


class PromptError(InputError):
    what = Text(
        "The prompt {path} cannot be used: {problem}.", "无法使用提示词 {path}：{problem}。"
    )
    remedy = Text(
        "Correct it, or delete it to use the built-in one; see docs/how-to/change-the-prompts.md.",
        "请修改它，或删除它以使用内置提示词；参见 docs/how-to/change-the-prompts.zh.md。",
    )


class SandboxMissingError(InputError):
    what = Text(
        "Code cannot be run: bubblewrap is not installed.", "无法运行代码：未安装 bubblewrap。"
    )
    remedy = Text(
        "Install it (`apt install bubblewrap`), or turn `run_code` off.",
        "请安装（`apt install bubblewrap`），或关闭 `run_code`。",
    )


class AccountError(InputError):
    what = Text("The account cannot be changed: {problem}.", "无法更改账户：{problem}。")
    remedy = Text(
        "Run `xiezuo users list` to list the accounts.", "请运行 `xiezuo users list` 查看已有账户。"
    )


class ServerSettingsError(InputError):
    what = Text("The server cannot start: {problem}.", "服务器无法启动：{problem}。")
    remedy = Text("{hint}", "{hint}")


class ImportFileError(InputError):
    what = Text("The file cannot be imported: {problem}.", "无法导入文件：{problem}。")
    remedy = Text("{hint}", "{hint}")


class LintConfigError(InputError):
    what = Text("The linter cannot be configured: {problem}.", "无法配置 lint：{problem}。")
    remedy = Text(
        "Run `xiezuo rule --list` to list the rules; docs/how-to/lint-texts.md has the settings.",
        "请运行 `xiezuo rule --list` 查看全部规则；设置项参见 docs/how-to/lint-texts.md。",
    )


class LintInputError(InputError):
    what = Text("{path} cannot be linted: {problem}.", "无法检查 {path}：{problem}。")
    remedy = Text(
        "Give a UTF-8 text file, a folder, or `-` for standard input.",
        "请指定 UTF-8 文本文件、文件夹，或用 `-` 表示标准输入。",
    )


class ModelError(XiezuoError):
    exit_code = 3


class UnknownModelError(ModelError):
    what = Text("There is no model {model!r}.", "没有名为 {model!r} 的模型。")
    remedy = Text(
        "Run `xiezuo models list` to list them, or give the path of a .gguf file.{suggestion}",
        "请运行 `xiezuo models list` 查看可用模型，或直接指定 .gguf 文件的路径。{suggestion}",
    )


class ModelNotInstalledError(ModelError):
    what = Text("The model {model!r} is not installed.", "尚未安装模型 {model!r}。")
    remedy = Text(
        "Download it: `xiezuo models pull {model}`.", "请下载：`xiezuo models pull {model}`。"
    )


class ModelFileError(ModelError):
    what = Text(
        "The model file {path} cannot be used: {problem}.", "无法使用模型文件 {path}：{problem}。"
    )
    remedy = Text(
        "Remove it (`xiezuo models remove`) and download it again (`xiezuo models pull`).",
        "请删除（`xiezuo models remove`）后重新下载（`xiezuo models pull`）。",
    )


class DownloadError(ModelError):
    what = Text("{model} could not be downloaded: {problem}.", "{model} 下载失败：{problem}。")
    remedy = Text(
        "The part already downloaded is kept; run `xiezuo models pull {model}` again to continue. "
        "Behind a firewall, set HF_ENDPOINT to a mirror or HTTPS_PROXY to your proxy.",
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
        "Another xiezuo process is already downloading {model}.",
        "另一个 xiezuo 进程正在下载 {model}。",
    )
    remedy = Text("Wait until it has finished, then try again.", "请等待下载完成后再试。")


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
    remedy = Text("Try again in a moment; jobs wait automatically.", "请稍后再试；任务会自动等待。")


class NoEngineError(EngineError):
    what = Text("No model is loaded{problem}.", "尚未载入模型{problem}。")
    remedy = Text(
        "Download one (`xiezuo models pull`), then choose it.",
        "请先下载模型（`xiezuo models pull`），然后选用。",
    )


class EngineMemoryError(EngineError):
    what = Text(
        "{model} needs about {needed} of memory, but only {available} is available.",
        "{model} 大约需要 {needed} 内存，但可用内存只有 {available}。",
    )
    remedy = Text(
        "Close other programs, set a smaller engine.context, or use a smaller model "
        "(`xiezuo models list`).",
        "请关闭其他程序、调小 engine.context，或换用更小的模型（`xiezuo models list`）。",
    )


class EngineLostError(EngineError):
    what = Text(
        "The connection to the engine was lost during writing: {problem}.",
        "写作途中与引擎的连接断开：{problem}。",
    )
    remedy = Text(
        "The text written so far is kept. If this happens again, run `xiezuo doctor`.",
        "已写的内容都已保留。若再次发生，请运行 `xiezuo doctor`。",
    )


class EngineStalledError(EngineError):
    what = Text(
        "The engine has sent nothing for {seconds:.0f} s.",
        "引擎已有 {seconds:.0f} 秒没有任何输出。",
    )
    remedy = Text(
        "The text written so far is kept. On a very slow machine, increase engine.stall_seconds.",
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
        "No engine answers at {address}: {problem}.", "引擎 {address} 没有响应：{problem}。"
    )
    remedy = Text(
        "Start it, or correct engine.base_url (`--base-url`).",
        "请启动该引擎，或更正 engine.base_url（`--base-url`）。",
    )


class ContextOverflowError(EngineError):
    what = Text(
        "The prompt has {prompt_tokens} tokens, but the engine's context holds only {context}.",
        "提示词有 {prompt_tokens} 个 token，超出引擎的上下文长度 {context}。",
    )
    remedy = Text(
        "Shorten the brief, above all its example, or increase engine.context.",
        "请精简写作要求（尤其是示例），或调大 engine.context。",
    )


class OutputError(XiezuoError):
    exit_code = 5


class OutputExistsError(OutputError):
    what = Text("{path} already exists.", "{path} 已经存在。")
    remedy = Text(
        "Continue it with --resume, replace it with --overwrite, or choose another file with -o.",
        "可用 --resume 续写，用 --overwrite 覆盖，或用 -o 另选文件。",
    )


class OutputPathError(OutputError):
    what = Text("{path} cannot be written: {problem}.", "无法写入 {path}：{problem}。")
    remedy = Text(
        "Use -o to choose a location that you can write to.", "请用 -o 指定有写入权限的位置。"
    )


class DiskFullError(OutputError):
    what = Text("The disk that holds {path} is full.", "{path} 所在磁盘已满。")
    remedy = Text("{hint}", "{hint}")


class ExportError(OutputError):
    what = Text("The document cannot be exported: {problem}.", "无法导出文档：{problem}。")
    remedy = Text(
        "Export it as Markdown, which needs no converter, and report the problem.",
        "请改为导出 Markdown（不需要转换工具），并反馈此问题。",
    )


class ExportToolMissingError(ExportError):
    what = Text("{tool} is required but not installed.", "需要 {tool}，但尚未安装。")
    remedy = Text("Run `pip install 'xiezuo[export]'`.", "请运行 `pip install 'xiezuo[export]'`。")


class FontMissingError(ExportError):
    what = Text("No Chinese font was found.", "未找到中文字体。")
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
        "Check that it is reachable and writable and that its disk has free space; saved work is "
        "not lost.",
        "请确认数据库可以连接和写入、磁盘还有空间；已保存的内容不会丢失。",
    )


class StoreVersionError(StoreError):
    what = Text(
        "The database {place} was created by a newer xiezuo (this one supports up to {newest}).",
        "数据库 {place} 由更新版本的 xiezuo 创建（当前版本最高支持 {newest}）。",
    )
    remedy = Text(
        "Upgrade xiezuo; the database was not changed.", "请升级 xiezuo；数据库没有改动。"
    )


class StoreDamagedError(StoreError):
    what = Text("The database {place} is damaged: {problem}.", "数据库 {place} 已损坏：{problem}。")
    remedy = Text(
        "It was moved to {aside}. Start again to create an empty one, then run `xiezuo restore "
        "BACKUP`; `sqlite3 {aside} .recover` extracts what can still be read.",
        "已将其移至 {aside}。重新启动会新建空数据库，然后运行 `xiezuo restore 备份文件`；"
        "旧数据库中仍可读取的内容可用 `sqlite3 {aside} .recover` 提取。",
    )


class BackupError(StoreError):
    what = Text("The backup {path} cannot be used: {problem}.", "无法使用备份 {path}：{problem}。")
    remedy = Text(
        "Nothing was changed. Use another file, and an empty data folder to restore into.",
        "没有任何改动。请换一个备份文件，并恢复到空的数据目录。",
    )


class StaleSectionError(StoreError):
    what = Text(
        "Section {section} was changed in the meantime.", "第 {section} 节在此期间已被修改。"
    )
    remedy = Text("Reload it, then save your change again.", "请重新加载后再保存你的修改。")


class DocumentBusyError(StoreError):
    what = Text("The document is being written.", "文档正在写作中。")
    remedy = Text("Pause or cancel its job, then try again.", "请先暂停或取消写作任务，然后重试。")


class UnfinishedJobError(StoreError):
    what = Text(
        "The document has an unfinished job ({state}).", "文档还有未完成的任务（{state}）。"
    )
    remedy = Text("Cancel the job, then delete the document.", "请先取消该任务，再删除文档。")
