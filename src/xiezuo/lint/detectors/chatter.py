"""Sentences that a model addresses to the user instead of writing the document."""

import re

_LONGEST = 300  # characters; a longer paragraph has other content as well
_OPENING = re.compile(
    r"\s*(?:(?:sure(?: thing)?|certainly|of course|absolutely|okay|ok|great(?: question)?|got it|"
    r"no problem|understood)\s*[!,.:—-].*|"
    r"(?:i'd|i would|i'll|i will|i'm|i am) (?:be )?(?:happy|glad|pleased|delighted)\b.*|"
    r"(?:here(?:'s|’s| is| are)|below is|the following is) (?:a|an|the|your|my|some|one|another)\b.{0,200}[:.]|"
    r"as an ai\b.*|as requested\b.*|thank you for (?:your|the) (?:request|question|prompt).*|"
    r"(?:好的|当然(?:可以)?|没问题|可以的|明白(?:了)?|收到)[，,！!。.：:～~、].*|"
    r"(?:以下|下面|这)(?:就)?是(?:一篇|一份|我|为您|为你|根据|关于|按照|(?:您|你)(?:所)?(?:需?要|请求)|按|完整的|修改后的).{0,80}[：:。]|"
    r"(?:根据|按照)(?:您|你)的(?:要求|需求|提示).{0,60}[：:。]|作为(?:一个|一名)?(?:AI|人工智能|语言模型).*)\s*$",
    re.IGNORECASE | re.DOTALL,
)
_CLOSING = re.compile(
    r"\s*(?:i hope (?:this|that|these|you|it)\b.*|hope (?:this|that) helps.*|(?:please )?let me know (?:if|what|how|whether)\b.*|"
    r"(?:please )?feel free to (?:ask|reach|contact|let|modify|adjust|customi[sz]e|edit|change)\b.*|"
    r"if you(?:'d| would)? (?:have any|need any|need more|need further|want me|like me|like any|have more|have further|want any)\b.*|"
    r"(?:please )?don(?:'|’)t hesitate to\b.*|is there anything else\b.*|would you like me to\b.*|do you want me to\b.*|"
    r"happy (?:writing|coding|reading|learning)!?|good luck\b.{0,40}!|"
    r"希望(?:这|以上|本文|上述|对您|对你|能帮|能对|我的).{0,60}(?:帮助|启发|参考|喜欢|满意|有用|有所).{0,10}|"
    r"(?:如果|若|如)(?:您|你)?(?:还)?(?:有|需要|想|希望)(?:任何|其他|更多|什么|进一步|我|需要|疑问|问题|不).{0,60}(?:告诉我|问我|联系|提出|随时|帮|修改|调整|补充).{0,20}|"
    r"(?:请|欢迎)(?:您|你)?随时(?:告诉|联系|提问|向我|与我|问我|提出).{0,40}|祝(?:您|你).{0,12}[！!。]?|"
    r"(?:您|你)(?:还)?(?:需要|想要|希望)我.{0,40}[吗？?]+)\s*$",
    re.IGNORECASE | re.DOTALL,
)
_MARKS = re.compile(r"[\s*_>#\u2060“”\"']+")


def is_chatter(text: str, *, opening: bool) -> bool:
    """Whether a paragraph or sentence addresses the user: as an opening or as a farewell."""
    bare = _MARKS.sub(" ", text).strip().replace("’", "'") if len(text) <= _LONGEST else ""
    pattern = _OPENING if opening else _CLOSING
    return bool(bare) and pattern.match(text.strip().strip("*_\u2060 ")) is not None
