"""Write the migration that leads from the last revision to the models.

    python -m database.revision "Add price alerts"            # every store whose models changed
    python -m database.revision "Add price alerts" main       # one store

The file is a draft: read it before it is committed. Data must survive it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from database.migrate import config_for, upgrade, version_table
from database.stores import METADATA, Store, Stores, StoreUrls
from utils.clock import SystemClock


def differences(store: Store) -> list[Any]:
    """What an upgraded store lacks, or has too much of, against its models."""

    def mine(_item: Any, name: str | None, kind: str, *_: Any) -> bool:
        return kind != "table" or name in store.metadata.tables

    with store.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "version_table": version_table(store.name),
                "include_object": mine,
            },
        )
        return list(compare_metadata(context, store.metadata))


def write(store: Store, subject: str, folder: Path) -> str | None:
    """Write one revision file; None when models and migrations agree."""
    config = config_for(store.name)
    first = ScriptDirectory.from_config(config).get_current_head() is None
    if not first:
        upgrade(store, folder, SystemClock().now())
        if not differences(store):
            return None
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    with store.engine.connect() as connection:
        config.attributes.update(store=store.name, connection=connection, metadata=store.metadata)
        command.revision(
            config, subject, autogenerate=True, rev_id=f"{store.name}_{number:04d}",
            head="base" if first else "head", version_path=config.get_main_option("version_locations"),
            branch_label=store.name if first else None,
        )  # fmt: skip
    return f"{store.name}_{number:04d}"


def main(arguments: list[str]) -> int:
    """Command line; answers the exit status."""
    if not arguments or set(arguments[1:]) - set(METADATA):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        stores = Stores(StoreUrls(), Path(folder))
        for store in stores:
            if not arguments[1:] or store.name in arguments[1:]:
                written = write(store, arguments[0], Path(folder))
                sys.stdout.write(f"{store.name}: {written or 'models and migrations agree'}\n")
        stores.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
