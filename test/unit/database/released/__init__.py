"""Stores as earlier programs left them: one SQL text for each schema that main ever had, a row in every table.

    python -m test.unit.database.released            # writes those that are missing, never changes one

Each is a record of its time: a migration that is edited afterwards meets the schema that users really have.
"""
