"""The table of rules. Codes are never reused; add a new rule at the end of its family."""

from xiezuo.lint.rule import Rule
from xiezuo.lint.rules.brf001 import NoRole
from xiezuo.lint.rules.brf002 import NoTask
from xiezuo.lint.rules.brf003 import NoStructure
from xiezuo.lint.rules.brf004 import NoExample
from xiezuo.lint.rules.brf005 import VagueTask
from xiezuo.lint.rules.brf006 import SeveralTasks
from xiezuo.lint.rules.brf007 import ImpossibleLength
from xiezuo.lint.rules.brf008 import BriefUnclosedFence
from xiezuo.lint.rules.brf009 import BriefPlaceholder
from xiezuo.lint.rules.brf010 import CodeWithoutLanguage
from xiezuo.lint.rules.brf011 import OverBudget
from xiezuo.lint.rules.cod001 import PythonSyntax
from xiezuo.lint.rules.cod002 import UndefinedName
from xiezuo.lint.rules.cod003 import InvalidJson
from xiezuo.lint.rules.cod004 import InvalidYaml
from xiezuo.lint.rules.cod005 import InvalidToml
from xiezuo.lint.rules.cod006 import InvalidJavaScript
from xiezuo.lint.rules.cod007 import InvalidShell
from xiezuo.lint.rules.cod008 import InvalidHtml
from xiezuo.lint.rules.cod009 import InvalidSql
from xiezuo.lint.rules.cod010 import FullWidthInCode
from xiezuo.lint.rules.cod011 import CodeOutsideFence
from xiezuo.lint.rules.cod012 import WrongLanguageTag
from xiezuo.lint.rules.cod013 import MixedIndentation
from xiezuo.lint.rules.cod014 import PythonMisuse
from xiezuo.lint.rules.cod015 import UnbalancedBraces
from xiezuo.lint.rules.cut001 import UnfinishedSentence
from xiezuo.lint.rules.cut002 import UnclosedFence
from xiezuo.lint.rules.cut003 import UnclosedBracket
from xiezuo.lint.rules.cut004 import UnclosedEmphasis
from xiezuo.lint.rules.cut005 import UnfinishedCode
from xiezuo.lint.rules.cut006 import MissingSection
from xiezuo.lint.rules.cut007 import AnnouncedItems
from xiezuo.lint.rules.cut008 import DanglingPromise
from xiezuo.lint.rules.cut009 import Placeholder
from xiezuo.lint.rules.cut010 import UnfinishedTable
from xiezuo.lint.rules.cut011 import EmptyItem
from xiezuo.lint.rules.fmt001 import TableWithoutDelimiter
from xiezuo.lint.rules.fmt002 import RaggedTable
from xiezuo.lint.rules.fmt003 import TableWithoutBlankLine
from xiezuo.lint.rules.fmt004 import HeadingWithoutSpace
from xiezuo.lint.rules.fmt005 import LiteralEmphasis
from xiezuo.lint.rules.fmt006 import FalseListMarker
from xiezuo.lint.rules.fmt007 import HalfWidthInChinese
from xiezuo.lint.rules.fmt008 import FullWidthInEnglish
from xiezuo.lint.rules.fmt009 import WrappedInFence
from xiezuo.lint.rules.fmt010 import Chatter
from xiezuo.lint.rules.fmt011 import LeakedControlText
from xiezuo.lint.rules.fmt012 import UnbalancedMath
from xiezuo.lint.rules.fmt013 import UnsafeHtml
from xiezuo.lint.rules.fmt014 import UnsafeLink
from xiezuo.lint.rules.fmt015 import LanguageChange
from xiezuo.lint.rules.fmt016 import FenceWithoutLanguage
from xiezuo.lint.rules.fmt017 import MissingCjkSpace
from xiezuo.lint.rules.fmt018 import EscapedText
from xiezuo.lint.rules.fmt019 import BrokenCharacter
from xiezuo.lint.rules.pad001 import StockPhrases
from xiezuo.lint.rules.pad002 import StockOpening
from xiezuo.lint.rules.pad003 import LowInformation
from xiezuo.lint.rules.pad004 import AdjectivePile
from xiezuo.lint.rules.pad005 import RestatedTask
from xiezuo.lint.rules.pad006 import SummaryEverywhere
from xiezuo.lint.rules.rep001 import RepeatedSentence
from xiezuo.lint.rules.rep002 import NearDuplicateParagraph
from xiezuo.lint.rules.rep003 import RepeatedSection
from xiezuo.lint.rules.rep004 import Loop
from xiezuo.lint.rules.rep005 import MonotonousOpenings
from xiezuo.lint.rules.rep006 import HeadingEcho
from xiezuo.lint.rules.rep007 import DoubledWord
from xiezuo.lint.rules.str001 import SkippedLevel
from xiezuo.lint.rules.str002 import SeveralTitles
from xiezuo.lint.rules.str003 import DuplicateHeading
from xiezuo.lint.rules.str004 import EmptySection
from xiezuo.lint.rules.str005 import UnplannedStructure
from xiezuo.lint.rules.str006 import PlannedLength
from xiezuo.lint.rules.str007 import BrokenNumbering
from xiezuo.lint.rules.str008 import BoldAsHeading
from xiezuo.lint.rules.str009 import WallOfText
from xiezuo.lint.rules.str010 import UnconnectedSections
from xiezuo.lint.rules.str011 import TermVariants
from xiezuo.lint.rules.str012 import ConflictingQuantity

RULES: tuple[Rule, ...] = (
    UnfinishedSentence(),
    UnclosedFence(),
    UnclosedBracket(),
    UnclosedEmphasis(),
    UnfinishedCode(),
    MissingSection(),
    AnnouncedItems(),
    DanglingPromise(),
    Placeholder(),
    UnfinishedTable(),
    EmptyItem(),
    SkippedLevel(),
    SeveralTitles(),
    DuplicateHeading(),
    EmptySection(),
    UnplannedStructure(),
    PlannedLength(),
    BrokenNumbering(),
    BoldAsHeading(),
    WallOfText(),
    UnconnectedSections(),
    TermVariants(),
    ConflictingQuantity(),
    TableWithoutDelimiter(),
    RaggedTable(),
    TableWithoutBlankLine(),
    HeadingWithoutSpace(),
    LiteralEmphasis(),
    FalseListMarker(),
    HalfWidthInChinese(),
    FullWidthInEnglish(),
    WrappedInFence(),
    Chatter(),
    LeakedControlText(),
    UnbalancedMath(),
    UnsafeHtml(),
    UnsafeLink(),
    LanguageChange(),
    FenceWithoutLanguage(),
    MissingCjkSpace(),
    EscapedText(),
    BrokenCharacter(),
    PythonSyntax(),
    UndefinedName(),
    InvalidJson(),
    InvalidYaml(),
    InvalidToml(),
    InvalidJavaScript(),
    InvalidShell(),
    InvalidHtml(),
    InvalidSql(),
    FullWidthInCode(),
    CodeOutsideFence(),
    WrongLanguageTag(),
    MixedIndentation(),
    PythonMisuse(),
    UnbalancedBraces(),
    RepeatedSentence(),
    NearDuplicateParagraph(),
    RepeatedSection(),
    Loop(),
    MonotonousOpenings(),
    HeadingEcho(),
    DoubledWord(),
    StockPhrases(),
    StockOpening(),
    LowInformation(),
    AdjectivePile(),
    RestatedTask(),
    SummaryEverywhere(),
    NoRole(),
    NoTask(),
    NoStructure(),
    NoExample(),
    VagueTask(),
    SeveralTasks(),
    ImpossibleLength(),
    BriefUnclosedFence(),
    BriefPlaceholder(),
    CodeWithoutLanguage(),
    OverBudget(),
)

FAMILIES: dict[str, tuple[str, str]] = {
    "CUT": ("cut off", "截断"),
    "STR": ("structure", "结构"),
    "FMT": ("format", "格式"),
    "COD": ("code", "代码"),
    "REP": ("repetition", "重复"),
    "PAD": ("padding", "灌水"),
    "BRF": ("briefs", "写作要求"),
}
