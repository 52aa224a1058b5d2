"""How a plug-in is written: roles, manifest, registry, strict tables, REST engine, transport, budgets, stream codec."""
