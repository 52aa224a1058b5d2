BEGIN TRANSACTION;
CREATE TABLE alembic_version_latency (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_latency_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version_latency" VALUES('latency_0002');
CREATE TABLE order_latency (
	id INTEGER NOT NULL, 
	order_id VARCHAR(100), 
	user_id BIGINT, 
	broker VARCHAR(40), 
	symbol VARCHAR(80), 
	order_type VARCHAR(40) NOT NULL, 
	rtt_ms FLOAT, 
	validation_ms FLOAT, 
	response_ms FLOAT, 
	overhead_ms FLOAT, 
	total_ms FLOAT NOT NULL, 
	status VARCHAR(32) NOT NULL, 
	error VARCHAR(500), 
	created_at DATETIME NOT NULL, receive_ms FLOAT, risk_ms FLOAT, journal_ms FLOAT, send_ms FLOAT, 
	CONSTRAINT pk_order_latency PRIMARY KEY (id), 
	CONSTRAINT ck_order_latency_status CHECK (status IN ('SUCCESS', 'FAILED', 'UNKNOWN'))
);
INSERT INTO "order_latency" VALUES(1,'order_id',1,'broker','symbol','order_type',1.0,1.0,1.0,1.0,1.0,'SUCCESS','error','2026-11-02 04:00:00.000000',1.0,1.0,1.0,1.0);
CREATE TABLE schema_state (store VARCHAR(20) PRIMARY KEY, state VARCHAR(20) NOT NULL, target VARCHAR(40) NOT NULL, note VARCHAR(255) NOT NULL, changed_at VARCHAR(40) NOT NULL);
INSERT INTO "schema_state" VALUES('latency','ready','latency_0002','','2026-11-30T23:08:11.890536+00:00');
CREATE INDEX ix_order_latency_broker_created_at ON order_latency (broker, created_at);
CREATE INDEX ix_order_latency_created_at ON order_latency (created_at);
COMMIT;
