BEGIN TRANSACTION;
CREATE TABLE alembic_version_sandbox (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_sandbox_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version_sandbox" VALUES('sandbox_0001');
CREATE TABLE schema_state (store VARCHAR(20) PRIMARY KEY, state VARCHAR(20) NOT NULL, target VARCHAR(40) NOT NULL, note VARCHAR(255) NOT NULL, changed_at VARCHAR(40) NOT NULL);
INSERT INTO "schema_state" VALUES('sandbox','ready','sandbox_0001','','2026-11-30T22:09:04.308197+00:00');
COMMIT;
