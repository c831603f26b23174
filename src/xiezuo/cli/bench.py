HELP = "x"


def bench() -> None: ...
