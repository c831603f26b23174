"""One row per setting: name, default, help.

Strength, weakest first: `xiezuo.toml` in the data folder, `xiezuo.toml` in the current folder,
`XIEZUO_*` variables (`XIEZUO_ENGINE_THREADS=4`), command-line flags. Only `studio.py` and the
commands read settings; everything else receives values.
"""

import os
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as SourceError,
)

from xiezuo.errors import SettingsError

CONFIG_NAME = "xiezuo.toml"
KvType = Literal["f16", "q8_0"]


class EngineSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    base_url: HttpUrl | None = Field(
        default=None,
        description="Address of an OpenAI-compatible engine to use instead of the local one, "
        "for example `http://127.0.0.1:8080/v1`.",
    )
    api_key: SecretStr | None = Field(default=None, description="Key for `engine.base_url`.")
    model: str | None = Field(
        default=None,
        description="Model name to ask `engine.base_url` for; its first one when unset.",
    )
    server: Literal["auto", "worker"] | Path = Field(
        default="auto",
        description="`auto`: a recent `llama-server` on PATH, else the built-in worker; "
        "`worker`: the built-in worker; or the path of a `llama-server`.",
    )
    threads: int = Field(
        default=0, ge=0, le=512, description="CPU threads; 0 uses every core we may use."
    )
    context: int = Field(
        default=4096,
        ge=512,
        le=1_048_576,
        description="Context of one slot, in tokens; sets KV memory.",
    )
    slots: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Texts the engine can hold at once; 0: as many as the modes of writing need "
        "and memory allows.",
    )
    kv_type: KvType = Field(
        default="f16", description="KV cache number type; `q8_0` halves its memory."
    )
    repack: bool = Field(
        default=True,
        description="Rearrange weights for faster decode; the file is then read instead of "
        "mapped, so that memory holds the weights once.",
    )
    load_seconds: float = Field(
        default=600,
        gt=0,
        description="How long loading a model may take before it counts as failed.",
    )
    stall_seconds: float = Field(
        default=120,
        gt=0,
        description="Silence between two tokens that counts as a stall; while the prompt is "
        "being read, the time its next batch may need is added.",
    )


class ServerSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen at; any but this machine's own needs a user "
        "(`xiezuo users add`).",
    )
    port: int = Field(default=8765, ge=0, le=65535, description="Port to listen at.")
    hosts: list[str] = Field(
        default_factory=list[str],
        description="Names under which browsers may address the server, besides localhost.",
    )
    https: bool = Field(
        default=False,
        description="Browsers come by HTTPS, through a proxy before the server: the cookie of a "
        "session is sent no other way.",
    )


class JobSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    heartbeat_seconds: float = Field(
        default=2,
        ge=0.1,
        le=60,
        description="How often a process shows the others on its database that it lives. After "
        "five missed heartbeats they take over its jobs. The same in all of them.",
    )


class HubSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    modelscope: str = Field(default="https://modelscope.cn", description="Address of ModelScope.")
    huggingface: str = Field(
        default="https://huggingface.co", description="Address of Hugging Face."
    )
    mirror: str | None = Field(
        default_factory=lambda: os.environ.get("HF_ENDPOINT"),
        description="A mirror that speaks Hugging Face's URLs; `HF_ENDPOINT` is respected.",
    )
    allow_private: bool = Field(
        default=False,
        description="Redirects of a hub may lead to addresses in one's own network, as a mirror "
        "there may need. A hub itself may be anywhere.",
    )
    probe_seconds: float = Field(
        default=3,
        gt=0,
        description="How long a source may take to answer before the next is tried.",
    )


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="XIEZUO_", env_nested_delimiter="_", env_nested_max_split=1, extra="forbid"
    )

    data_dir: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("xiezuo"),
        description="Where models, logs and state live.",
    )
    model: str = Field(
        default="qwen3-4b-instruct-2507", description="Model to write with: an id or a .gguf path."
    )
    language: Literal["en", "zh"] | None = Field(
        default=None, description="Language of messages; taken from the system when unset."
    )
    prompt_tokens: int = Field(
        default=2048,
        ge=256,
        le=1_048_576,
        description="Context budget: the most prompt tokens a section may be written with.",
    )
    run_code: bool = Field(
        default=False,
        description="Run the Python of each section in a sandbox (bubblewrap: no network, no "
        "files); what fails is marked.",
    )
    database: str | None = Field(
        default=None,
        description="Where documents and jobs are kept: `postgresql+psycopg://…`; a SQLite file in "
        "the data folder when unset.",
    )
    engine: EngineSettings = Field(default_factory=EngineSettings, description="The engine.")
    server: ServerSettings = Field(default_factory=ServerSettings, description="The server.")
    jobs: JobSettings = Field(default_factory=JobSettings, description="The job queue.")
    lint: dict[str, object] = Field(
        default_factory=dict,
        description="The table of `xiezuo lint`; see docs/how-to/lint-texts.md.",
    )
    hub: HubSettings = Field(default_factory=HubSettings, description="Model sources.")

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @property
    def logs_dir(self) -> Path:
        return self.data_dir / "logs"

    @property
    def prompts_dir(self) -> Path:
        """The user's own templates, by the names of ours."""
        return self.data_dir / "prompts"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data_dir / 'xiezuo.sqlite'}"

    @property
    def jobs_url(self) -> str:
        """DBOS's own tables: in PostgreSQL beside ours, in SQLite a file of their own."""
        return self.database or f"sqlite:///{self.data_dir / 'jobs.sqlite'}"

    @property
    def user_catalogue(self) -> Path:
        return self.data_dir / "catalogue.toml"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        home = Path(os.environ.get("XIEZUO_DATA_DIR") or platformdirs.user_data_path("xiezuo"))
        files = (Path(CONFIG_NAME), home / CONFIG_NAME)
        tables = (TomlConfigSettingsSource(settings_cls, file) for file in files)
        return init_settings, env_settings, *tables


def load_settings(**flags: object) -> Settings:
    """Settings from files, environment and flags (`engine={"threads": 4}` for nested ones).

    Raises:
        SettingsError: a name is unknown, a value does not fit, or a file is not TOML.
    """
    try:
        return Settings(**flags)  # pyright: ignore[reportArgumentType]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(problem=f"{name}: {first['msg']}") from error
    except (SourceError, ValueError, OSError) as error:
        raise SettingsError(problem=str(error)) from error
