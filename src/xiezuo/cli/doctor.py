HELP = "x"


def doctor() -> None: ...
