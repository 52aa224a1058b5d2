"""`app.py rotate-keys` that dies: `rotate_child.py ENV_FILE VALUES` ends without warning after so many values."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from services.accounts import rotation
from services.accounts.crypto import Vault
from services.ops.rotate_command import run

left = [int(sys.argv[2])]
reseal = Vault.reseal


def dying(vault: Vault, purpose: str, sealed: str) -> str:
    if left[0] == 0:
        os._exit(9)
    left[0] -= 1
    return reseal(vault, purpose, sealed)


Vault.reseal = dying
rotation.PAGE = 2
rotation.reseal_all.__defaults__ = (2,)
sys.exit(run(Path(sys.argv[1]), {}, print))
