BEGIN TRANSACTION;
CREATE TABLE address_bans (
	address VARCHAR(50) NOT NULL, 
	reason VARCHAR(20) NOT NULL, 
	note VARCHAR(255) NOT NULL, 
	times INTEGER NOT NULL, 
	banned_at DATETIME NOT NULL, 
	until DATETIME, 
	lifted_at DATETIME, 
	CONSTRAINT pk_address_bans PRIMARY KEY (address)
);
INSERT INTO "address_bans" VALUES('address','reason','note',1,'2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000');
CREATE TABLE address_watches (
	address VARCHAR(50) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	count INTEGER NOT NULL, 
	first_at DATETIME NOT NULL, 
	last_at DATETIME NOT NULL, 
	seen TEXT NOT NULL, 
	CONSTRAINT pk_address_watches PRIMARY KEY (address, kind)
);
INSERT INTO "address_watches" VALUES('address','kind',1,'2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000','seen');
CREATE TABLE alembic_version_logs (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_logs_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version_logs" VALUES('logs_0004');
CREATE TABLE analyzer_logs (
	id INTEGER NOT NULL, 
	user_id BIGINT, 
	account_id BIGINT, 
	api_type VARCHAR(50) NOT NULL, 
	request_data TEXT NOT NULL, 
	response_data TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_analyzer_logs PRIMARY KEY (id)
);
INSERT INTO "analyzer_logs" VALUES(1,1,1,'api_type','request_data','response_data','2026-11-02 04:00:00.000000');
CREATE TABLE ban_rules (
	id INTEGER NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_ban_rules PRIMARY KEY (id)
);
INSERT INTO "ban_rules" VALUES(1,'value');
CREATE TABLE order_events (
	id INTEGER NOT NULL, 
	at_ms BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	account_id BIGINT, 
	request_id VARCHAR(40), 
	tag VARCHAR(20), 
	order_id VARCHAR(80), 
	kind VARCHAR(20) NOT NULL, 
	data TEXT NOT NULL, 
	CONSTRAINT pk_order_events PRIMARY KEY (id)
);
INSERT INTO "order_events" VALUES(1,1,1,1,'request_id','tag','order_id','kind','data');
CREATE TABLE order_logs (
	id INTEGER NOT NULL, 
	user_id BIGINT, 
	account_id BIGINT, 
	api_type VARCHAR(50) NOT NULL, 
	request_data TEXT NOT NULL, 
	response_data TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_order_logs PRIMARY KEY (id)
);
INSERT INTO "order_logs" VALUES(1,1,1,'api_type','request_data','response_data','2026-11-02 04:00:00.000000');
CREATE TABLE order_stream_events (
	id INTEGER NOT NULL, 
	user_id BIGINT NOT NULL, 
	username VARCHAR(255) NOT NULL, 
	account_id BIGINT NOT NULL, 
	mode VARCHAR(10) NOT NULL, 
	seq BIGINT NOT NULL, 
	prev_seq BIGINT NOT NULL, 
	at_ms BIGINT NOT NULL, 
	order_id VARCHAR(80) NOT NULL, 
	broker VARCHAR(40) NOT NULL, 
	strategy VARCHAR(255) NOT NULL, 
	source VARCHAR(20) NOT NULL, 
	"row" TEXT NOT NULL, 
	CONSTRAINT pk_order_stream_events PRIMARY KEY (id), 
	CONSTRAINT uq_order_stream_events_user_id_seq UNIQUE (user_id, seq)
);
INSERT INTO "order_stream_events" VALUES(1,1,'username',1,'mode',1,1,1,'order_id','broker','strategy','source','row');
CREATE TABLE schema_state (store VARCHAR(20) PRIMARY KEY, state VARCHAR(20) NOT NULL, target VARCHAR(40) NOT NULL, note VARCHAR(255) NOT NULL, changed_at VARCHAR(40) NOT NULL);
INSERT INTO "schema_state" VALUES('logs','ready','logs_0004','','2026-11-30T23:08:11.573320+00:00');
CREATE TABLE traffic_logs (
	id INTEGER NOT NULL, 
	client_ip VARCHAR(50) NOT NULL, 
	method VARCHAR(10) NOT NULL, 
	path VARCHAR(500) NOT NULL, 
	status_code INTEGER NOT NULL, 
	duration_ms FLOAT NOT NULL, 
	host VARCHAR(255), 
	error VARCHAR(500), 
	user_id BIGINT, 
	request_id VARCHAR(40), 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_traffic_logs PRIMARY KEY (id)
);
INSERT INTO "traffic_logs" VALUES(1,'client_ip','method','path',1,1.0,'host','error',1,'request_id','2026-11-02 04:00:00.000000');
CREATE INDEX ix_analyzer_logs_api_type_created_at ON analyzer_logs (api_type, created_at);
CREATE INDEX ix_analyzer_logs_created_at ON analyzer_logs (created_at);
CREATE INDEX ix_analyzer_logs_user_id_created_at ON analyzer_logs (user_id, created_at);
CREATE INDEX ix_order_logs_created_at ON order_logs (created_at);
CREATE INDEX ix_order_logs_user_id_created_at ON order_logs (user_id, created_at);
CREATE INDEX ix_traffic_logs_client_ip_created_at ON traffic_logs (client_ip, created_at);
CREATE INDEX ix_traffic_logs_created_at ON traffic_logs (created_at);
CREATE INDEX ix_traffic_logs_status_code ON traffic_logs (status_code);
CREATE INDEX ix_traffic_logs_user_id ON traffic_logs (user_id);
CREATE INDEX ix_order_events_at_ms ON order_events (at_ms);
CREATE INDEX ix_order_events_request_id ON order_events (request_id);
CREATE INDEX ix_order_events_tag ON order_events (tag);
CREATE INDEX ix_order_events_user_id_at_ms ON order_events (user_id, at_ms);
CREATE INDEX ix_order_events_user_id_order_id ON order_events (user_id, order_id);
CREATE INDEX ix_order_stream_events_account_id_mode_seq ON order_stream_events (account_id, mode, seq);
CREATE INDEX ix_order_stream_events_at_ms ON order_stream_events (at_ms);
COMMIT;
