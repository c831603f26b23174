"""Two engines on one machine, with libgomp's spin limit as given: alone, then both at once.

python benchmarks/spinning.py MODEL.gguf [SPINCOUNT ...]      # `default` leaves it to libgomp
"""

import argparse
import asyncio
import os
from pathlib import Path

from engines import fresh_request, running
from overhead import through_client
from xiezuo.engine.client import EngineClient
from xiezuo.engine.local import launch

TOKENS = 60
PATIENCE = 40.0


async def main() -> None:
    args = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    args.add_argument("model", type=Path)
    args.add_argument("counts", nargs="*", default=["default", "10000", "1000", "100"])
    opt = args.parse_args()
    for count in opt.counts:
        os.environ.pop("GOMP_SPINCOUNT", None)
        launch.SPIN.clear()
        if count != "default":
            launch.SPIN["GOMP_SPINCOUNT"] = count
        async with (
            running(opt.model, context=1024) as first,
            running(opt.model, context=1024) as second,
            EngineClient(first.address) as one,
            EngineClient(second.address) as two,
        ):
            await through_client(one, fresh_request(0, 8))
            _, alone = await through_client(one, fresh_request(1, TOKENS))
            together = asyncio.gather(
                through_client(one, fresh_request(2, TOKENS)),
                through_client(two, fresh_request(3, TOKENS)),
            )
            try:
                rates = [rate for _, rate in await asyncio.wait_for(together, PATIENCE)]
                both = " + ".join(f"{rate:.1f}" for rate in rates)
            except TimeoutError:
                both = f"less than {TOKENS / PATIENCE:.1f} each"
        print(f"GOMP_SPINCOUNT {count:8} alone {alone:6.1f}   both at once {both}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
