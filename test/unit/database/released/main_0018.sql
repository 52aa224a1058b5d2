BEGIN TRANSACTION;
CREATE TABLE alembic_version_main (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_main_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version_main" VALUES('main_0018');
CREATE TABLE api_keys (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	key_digest VARCHAR(64) NOT NULL, 
	key_hash VARCHAR(255) NOT NULL, 
	key_sealed TEXT NOT NULL, 
	masked VARCHAR(20) NOT NULL, 
	order_mode VARCHAR(32) NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_used_at DATETIME, 
	CONSTRAINT pk_api_keys PRIMARY KEY (id), 
	CONSTRAINT fk_api_keys_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT uq_api_keys_key_digest UNIQUE (key_digest), 
	CONSTRAINT uq_api_keys_user_id_name UNIQUE (user_id, name), 
	CONSTRAINT ck_api_keys_order_mode CHECK (order_mode IN ('auto', 'semi_auto'))
);
INSERT INTO "api_keys" VALUES(1,1,'name','key_digest','key_hash','key_sealed','masked','auto','2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000');
CREATE TABLE app_settings (
	id INTEGER NOT NULL, 
	analyze_mode BOOLEAN NOT NULL, 
	setup_token_hash VARCHAR(64), 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_app_settings PRIMARY KEY (id), 
	CONSTRAINT ck_app_settings_single_row CHECK (id = 1)
);
INSERT INTO "app_settings" VALUES(1,1,'setup_token_hash','2026-11-02 04:00:00.000000');
CREATE TABLE "broker_accounts" (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	user_id INTEGER NOT NULL, 
	broker VARCHAR(40) NOT NULL, 
	label VARCHAR(80) NOT NULL, 
	credentials_sealed TEXT NOT NULL, 
	active BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT fk_broker_accounts_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT uq_broker_accounts_user_id_label UNIQUE (user_id, label)
);
INSERT INTO "broker_accounts" VALUES(1,1,'broker','label','credentials_sealed',1,'2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000');
CREATE TABLE broker_sessions (
	account_id INTEGER NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	broker_user_id VARCHAR(120), 
	tokens_sealed TEXT, 
	reason VARCHAR(255), 
	issued_at DATETIME, 
	expires_at DATETIME, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_broker_sessions PRIMARY KEY (account_id), 
	CONSTRAINT fk_broker_sessions_account_id FOREIGN KEY(account_id) REFERENCES broker_accounts (id) ON DELETE CASCADE, 
	CONSTRAINT ck_broker_sessions_state CHECK (state IN ('none', 'valid', 'expired', 'revoked'))
);
INSERT INTO "broker_sessions" VALUES(1,'none','broker_user_id','tokens_sealed','reason','2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000');
CREATE TABLE calendar_days (
	date VARCHAR(10) NOT NULL, 
	description VARCHAR(150) NOT NULL, 
	type VARCHAR(32) NOT NULL, 
	settles BOOLEAN NOT NULL, 
	sessions TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_calendar_days PRIMARY KEY (date), 
	CONSTRAINT ck_calendar_days_type CHECK (type IN ('TRADING_HOLIDAY', 'SETTLEMENT_HOLIDAY', 'SPECIAL_SESSION'))
);
INSERT INTO "calendar_days" VALUES('date','description','TRADING_HOLIDAY',1,'sessions','2026-11-02 04:00:00.000000');
CREATE TABLE chart_preferences (
	user_id INTEGER NOT NULL, 
	"key" VARCHAR(50) NOT NULL, 
	value TEXT NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_chart_preferences PRIMARY KEY (user_id, "key"), 
	CONSTRAINT fk_chart_preferences_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO "chart_preferences" VALUES(1,'key','value','2026-11-02 04:00:00.000000');
CREATE TABLE contract_generations (
	id INTEGER NOT NULL, 
	broker VARCHAR(40) NOT NULL, 
	complete BOOLEAN NOT NULL, 
	total INTEGER NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_contract_generations PRIMARY KEY (id)
);
INSERT INTO "contract_generations" VALUES(1,'broker',1,1,'sha256','2026-11-02 04:00:00.000000');
CREATE TABLE contract_status (
	broker VARCHAR(40) NOT NULL, 
	status VARCHAR(32) NOT NULL, 
	message VARCHAR(1000) NOT NULL, 
	updated_at DATETIME NOT NULL, 
	heartbeat_at DATETIME, 
	generation INTEGER, 
	previous_generation INTEGER, 
	total INTEGER NOT NULL, 
	counts TEXT NOT NULL, 
	downloaded_at DATETIME, 
	duration_ms INTEGER, 
	sha256 VARCHAR(64), 
	warnings TEXT NOT NULL, 
	CONSTRAINT pk_contract_status PRIMARY KEY (broker), 
	CONSTRAINT ck_contract_status_status CHECK (status IN ('pending', 'downloading', 'success', 'error'))
);
INSERT INTO "contract_status" VALUES('broker','pending','message','2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000',1,1,1,'counts','2026-11-02 04:00:00.000000',1,'sha256','warnings');
CREATE TABLE contracts (
	id INTEGER NOT NULL, 
	generation INTEGER NOT NULL, 
	exchange VARCHAR(20) NOT NULL, 
	symbol VARCHAR(80) NOT NULL, 
	broker_exchange VARCHAR(20) NOT NULL, 
	broker_symbol VARCHAR(120) NOT NULL, 
	token VARCHAR(80) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	instrument_type VARCHAR(10) NOT NULL, 
	lot_size BIGINT NOT NULL, 
	tick_size VARCHAR(24) NOT NULL, 
	expiry VARCHAR(10), 
	strike VARCHAR(24), 
	freeze_qty BIGINT, 
	multiplier INTEGER NOT NULL, 
	CONSTRAINT pk_contracts PRIMARY KEY (id)
);
INSERT INTO "contracts" VALUES(1,1,'exchange','symbol','broker_exchange','broker_symbol','token','name','instrument',1,'tick_size','expiry','strike',1,1);
CREATE TABLE held_gtts (
	id INTEGER NOT NULL, 
	trigger_id VARCHAR(30) NOT NULL, 
	user_id BIGINT NOT NULL, 
	account_id BIGINT NOT NULL, 
	broker VARCHAR(40) NOT NULL, 
	mode VARCHAR(32) NOT NULL, 
	strategy VARCHAR(255) NOT NULL, 
	terms TEXT NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	last_price BIGINT NOT NULL, 
	created_ms BIGINT NOT NULL, 
	updated_ms BIGINT NOT NULL, 
	expires_ms BIGINT NOT NULL, 
	leg VARCHAR(10), 
	claimed_ms BIGINT, 
	order_id VARCHAR(80), 
	reason VARCHAR(500) NOT NULL, 
	CONSTRAINT pk_held_gtts PRIMARY KEY (id), 
	CONSTRAINT uq_held_gtts_trigger_id UNIQUE (trigger_id), 
	CONSTRAINT ck_held_gtts_mode CHECK (mode IN ('live', 'analyze')), 
	CONSTRAINT ck_held_gtts_state CHECK (state IN ('active', 'firing', 'triggered', 'cancelled', 'expired', 'rejected', 'disabled'))
);
INSERT INTO "held_gtts" VALUES(1,'trigger_id',1,1,'broker','live','strategy','terms','active',1,1,1,1,'leg',1,'order_id','reason');
CREATE TABLE idempotency_keys (
	id INTEGER NOT NULL, 
	user_id BIGINT NOT NULL, 
	mode VARCHAR(10) NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	tag VARCHAR(20), 
	answer TEXT, 
	created_ms BIGINT NOT NULL, 
	CONSTRAINT pk_idempotency_keys PRIMARY KEY (id), 
	CONSTRAINT uq_idempotency_keys_user_id_mode_key UNIQUE (user_id, mode, "key")
);
INSERT INTO "idempotency_keys" VALUES(1,1,'mode','key','fingerprint','tag','answer',1);
CREATE TABLE "kill_switches" (
	scope VARCHAR(300) NOT NULL, 
	engaged BOOLEAN NOT NULL, 
	reason VARCHAR(255) NOT NULL, 
	changed_ms BIGINT NOT NULL, 
	CONSTRAINT pk_kill_switches PRIMARY KEY (scope)
);
INSERT INTO "kill_switches" VALUES('scope',1,'reason',1);
CREATE TABLE login_attempts (
	id INTEGER NOT NULL, 
	username VARCHAR(80) NOT NULL, 
	ip_address VARCHAR(45) NOT NULL, 
	device VARCHAR(255) NOT NULL, 
	status VARCHAR(32) NOT NULL, 
	login_type VARCHAR(32) NOT NULL, 
	broker VARCHAR(40), 
	failure_reason VARCHAR(255), 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_login_attempts PRIMARY KEY (id), 
	CONSTRAINT ck_login_attempts_status CHECK (status IN ('success', 'failed', 'resumed')), 
	CONSTRAINT ck_login_attempts_login_type CHECK (login_type IN ('password', 'oauth', 'form', 'instant', 'resume'))
);
INSERT INTO "login_attempts" VALUES(1,'username','ip_address','device','success','password','broker','failure_reason','2026-11-02 04:00:00.000000');
CREATE TABLE mail_settings (
	id INTEGER NOT NULL, 
	server VARCHAR(255) NOT NULL, 
	port BIGINT NOT NULL, 
	security VARCHAR(32) NOT NULL, 
	username VARCHAR(255), 
	password_sealed TEXT, 
	sender VARCHAR(255) NOT NULL, 
	helo VARCHAR(255), 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_mail_settings PRIMARY KEY (id), 
	CONSTRAINT ck_mail_settings_single_row CHECK (id = 1), 
	CONSTRAINT ck_mail_settings_security CHECK (security IN ('starttls', 'tls', 'none'))
);
INSERT INTO "mail_settings" VALUES(1,'server',1,'starttls','username','password_sealed','sender','helo','2026-11-02 04:00:00.000000');
CREATE TABLE "order_intents" (
	id INTEGER NOT NULL, 
	tag VARCHAR(20) NOT NULL, 
	user_id BIGINT NOT NULL, 
	account_id BIGINT NOT NULL, 
	broker VARCHAR(40) NOT NULL, 
	mode VARCHAR(32) NOT NULL, 
	operation VARCHAR(32) NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	order_id VARCHAR(80), 
	symbol VARCHAR(80) NOT NULL, 
	exchange VARCHAR(20) NOT NULL, 
	terms TEXT, 
	strategy VARCHAR(255) NOT NULL, 
	source VARCHAR(10) NOT NULL, 
	code VARCHAR(60), 
	message TEXT, 
	created_ms BIGINT NOT NULL, 
	decided_ms BIGINT, 
	CONSTRAINT pk_order_intents PRIMARY KEY (id), 
	CONSTRAINT ck_order_intents_mode CHECK (mode IN ('live', 'analyze')), 
	CONSTRAINT ck_order_intents_operation CHECK (operation IN ('place', 'modify', 'cancel', 'gtt_place', 'gtt_modify', 'gtt_cancel')), 
	CONSTRAINT ck_order_intents_state CHECK (state IN ('pending', 'acked', 'refused', 'unknown', 'absent')), 
	CONSTRAINT uq_order_intents_tag UNIQUE (tag)
);
INSERT INTO "order_intents" VALUES(1,'tag',1,1,'broker','live','place','pending','order_id','symbol','exchange','terms','strategy','source','code','message',1,1);
CREATE TABLE order_stream (
	id INTEGER NOT NULL, 
	reserved BIGINT NOT NULL, 
	CONSTRAINT pk_order_stream PRIMARY KEY (id), 
	CONSTRAINT ck_order_stream_single_row CHECK (id = 1)
);
INSERT INTO "order_stream" VALUES(1,0);
CREATE TABLE password_resets (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	token_digest VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_password_resets PRIMARY KEY (id), 
	CONSTRAINT fk_password_resets_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT uq_password_resets_token_digest UNIQUE (token_digest)
);
INSERT INTO "password_resets" VALUES(1,1,'token_digest','2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000');
CREATE TABLE pending_logins (
	id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	broker VARCHAR(40) NOT NULL, 
	state_hash VARCHAR(64) NOT NULL, 
	session_hash VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_pending_logins PRIMARY KEY (id), 
	CONSTRAINT fk_pending_logins_account_id FOREIGN KEY(account_id) REFERENCES broker_accounts (id) ON DELETE CASCADE, 
	CONSTRAINT uq_pending_logins_state_hash UNIQUE (state_hash)
);
INSERT INTO "pending_logins" VALUES(1,1,'broker','state_hash','session_hash','2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000');
CREATE TABLE pending_orders (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	account_id BIGINT NOT NULL, 
	broker VARCHAR(40) NOT NULL, 
	key_id BIGINT, 
	api_type VARCHAR(50) NOT NULL, 
	command TEXT NOT NULL, 
	client_order_id VARCHAR(64), 
	fingerprint VARCHAR(64) NOT NULL, 
	request_id VARCHAR(40) NOT NULL, 
	prices TEXT NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	created_ms BIGINT NOT NULL, 
	priced_ms BIGINT NOT NULL, 
	expires_ms BIGINT NOT NULL, 
	confirm_reason TEXT, 
	decided_ms BIGINT, 
	decided_by VARCHAR(80), 
	reason VARCHAR(500), 
	outcome VARCHAR(32), 
	code VARCHAR(60), 
	message TEXT, 
	tag VARCHAR(20), 
	broker_order_id VARCHAR(255), 
	broker_status VARCHAR(20), deleted_ms BIGINT, 
	CONSTRAINT pk_pending_orders PRIMARY KEY (id), 
	CONSTRAINT fk_pending_orders_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT uq_pending_orders_user_id_client_order_id UNIQUE (user_id, client_order_id), 
	CONSTRAINT ck_pending_orders_state CHECK (state IN ('pending', 'executing', 'approved', 'rejected', 'expired')), 
	CONSTRAINT ck_pending_orders_outcome CHECK (outcome IN ('accepted', 'partial', 'refused', 'unknown'))
);
INSERT INTO "pending_orders" VALUES(1,1,1,'broker',1,'api_type','command','client_order_id','fingerprint','request_id','prices','pending',1,1,1,'confirm_reason',1,'decided_by','reason','accepted','code','message','tag','broker_order_id','broker_status',1);
CREATE TABLE pending_sign_ins (
	session_hash VARCHAR(64) NOT NULL, 
	user_id INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_pending_sign_ins PRIMARY KEY (session_hash), 
	CONSTRAINT fk_pending_sign_ins_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO "pending_sign_ins" VALUES('session_hash',1,'2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000');
CREATE TABLE position_exits (
	id INTEGER NOT NULL, 
	exit_id VARCHAR(30) NOT NULL, 
	user_id BIGINT NOT NULL, 
	account_id BIGINT NOT NULL, 
	broker VARCHAR(40) NOT NULL, 
	mode VARCHAR(32) NOT NULL, 
	strategy VARCHAR(255) NOT NULL, 
	symbol VARCHAR(80) NOT NULL, 
	exchange VARCHAR(20) NOT NULL, 
	product VARCHAR(10) NOT NULL, 
	direction BIGINT NOT NULL, 
	tick_size BIGINT NOT NULL, 
	terms TEXT NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	created_ms BIGINT NOT NULL, 
	updated_ms BIGINT NOT NULL, 
	quantity BIGINT NOT NULL, 
	base BIGINT, 
	mark BIGINT, 
	trail BIGINT, 
	expiry DATE, 
	entry_ids TEXT NOT NULL, 
	firing TEXT, 
	reason VARCHAR(500) NOT NULL, 
	CONSTRAINT pk_position_exits PRIMARY KEY (id), 
	CONSTRAINT uq_position_exits_exit_id UNIQUE (exit_id), 
	CONSTRAINT ck_position_exits_mode CHECK (mode IN ('live', 'analyze')), 
	CONSTRAINT ck_position_exits_state CHECK (state IN ('waiting', 'active', 'firing', 'exiting', 'triggered', 'cancelled', 'ended', 'disabled'))
);
INSERT INTO "position_exits" VALUES(1,'exit_id',1,1,'broker','live','strategy','symbol','exchange','product',1,1,'terms','waiting',1,1,1,1,1,1,'2026-11-02 04:00:00.000000','entry_ids','firing','reason');
CREATE TABLE preference_documents (
	user_id INTEGER NOT NULL, 
	"key" VARCHAR(50) NOT NULL, 
	version INTEGER NOT NULL, 
	value TEXT, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_preference_documents PRIMARY KEY (user_id, "key"), 
	CONSTRAINT fk_preference_documents_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO "preference_documents" VALUES(1,'key',1,'value','2026-11-02 04:00:00.000000');
CREATE TABLE protected_orders (
	id INTEGER NOT NULL, 
	tag VARCHAR(20) NOT NULL, 
	asked TEXT NOT NULL, 
	ladder TEXT NOT NULL, 
	urgent BOOLEAN NOT NULL, 
	created_ms BIGINT NOT NULL, 
	began_ms BIGINT, 
	state VARCHAR(32) NOT NULL, 
	ended_ms BIGINT, 
	reason VARCHAR(500) NOT NULL, 
	CONSTRAINT pk_protected_orders PRIMARY KEY (id), 
	CONSTRAINT uq_protected_orders_tag UNIQUE (tag), 
	CONSTRAINT ck_protected_orders_state CHECK (state IN ('open', 'filled', 'gave_up', 'released', 'ended'))
);
INSERT INTO "protected_orders" VALUES(1,'tag','asked','ladder',1,1,1,'open',1,'reason');
CREATE TABLE quantity_freeze (
	id INTEGER NOT NULL, 
	exchange VARCHAR(20) NOT NULL, 
	symbol VARCHAR(80) NOT NULL, 
	freeze_qty BIGINT NOT NULL, 
	CONSTRAINT pk_quantity_freeze PRIMARY KEY (id), 
	CONSTRAINT ck_quantity_freeze_positive CHECK (freeze_qty >= 1), 
	CONSTRAINT uq_quantity_freeze_exchange_symbol UNIQUE (exchange, symbol)
);
INSERT INTO "quantity_freeze" VALUES(1,'exchange','symbol',1);
CREATE TABLE recovery_codes (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	code_digest VARCHAR(64) NOT NULL, 
	used_at DATETIME, 
	CONSTRAINT pk_recovery_codes PRIMARY KEY (id), 
	CONSTRAINT fk_recovery_codes_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT uq_recovery_codes_code_digest UNIQUE (code_digest)
);
INSERT INTO "recovery_codes" VALUES(1,1,'code_digest','2026-11-02 04:00:00.000000');
CREATE TABLE risk_changes (
	id INTEGER NOT NULL, 
	at_ms BIGINT NOT NULL, 
	scope VARCHAR(300) NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	user_id BIGINT NOT NULL, 
	username VARCHAR(255) NOT NULL, 
	version BIGINT NOT NULL, 
	"before" TEXT NOT NULL, 
	"after" TEXT NOT NULL, 
	reason VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_risk_changes PRIMARY KEY (id), 
	CONSTRAINT ck_risk_changes_kind CHECK (kind IN ('limits', 'kill_switch'))
);
INSERT INTO "risk_changes" VALUES(1,1,'scope','limits',1,'username',1,'before','after','reason');
CREATE TABLE risk_limits (
	scope VARCHAR(300) NOT NULL, 
	limits TEXT NOT NULL, 
	version BIGINT NOT NULL, 
	changed_ms BIGINT NOT NULL, 
	changed_by VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_risk_limits PRIMARY KEY (scope)
);
INSERT INTO "risk_limits" VALUES('scope','limits',1,1,'changed_by');
CREATE TABLE schema_state (store VARCHAR(20) PRIMARY KEY, state VARCHAR(20) NOT NULL, target VARCHAR(40) NOT NULL, note VARCHAR(255) NOT NULL, changed_at VARCHAR(40) NOT NULL);
INSERT INTO "schema_state" VALUES('main','ready','main_0018','','2026-11-30T23:08:10.759694+00:00');
CREATE TABLE second_factors (
	user_id INTEGER NOT NULL, 
	secret_sealed TEXT NOT NULL, 
	confirmed_at DATETIME, 
	last_step BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_second_factors PRIMARY KEY (user_id), 
	CONSTRAINT fk_second_factors_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO "second_factors" VALUES(1,'secret_sealed','2026-11-02 04:00:00.000000',1,'2026-11-02 04:00:00.000000');
CREATE TABLE security_events (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	ip_address VARCHAR(45) NOT NULL, 
	device VARCHAR(255) NOT NULL, 
	detail VARCHAR(255), 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_security_events PRIMARY KEY (id), 
	CONSTRAINT fk_security_events_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO "security_events" VALUES(1,1,'kind','ip_address','device','detail','2026-11-02 04:00:00.000000');
CREATE TABLE sign_in_locks (
	door VARCHAR(32) NOT NULL, 
	subject VARCHAR(64) NOT NULL, 
	failures BIGINT NOT NULL, 
	failed_at DATETIME NOT NULL, 
	locked_until DATETIME, 
	CONSTRAINT pk_sign_in_locks PRIMARY KEY (door, subject), 
	CONSTRAINT ck_sign_in_locks_door CHECK (door IN ('password', 'code', 'address'))
);
INSERT INTO "sign_in_locks" VALUES('password','subject',1,'2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000');
CREATE TABLE strategies (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	account_id BIGINT, 
	name VARCHAR(80) NOT NULL, 
	platform VARCHAR(32) NOT NULL, 
	webhook_digest VARCHAR(64) NOT NULL, 
	trading_mode VARCHAR(32) NOT NULL, 
	is_intraday BOOLEAN NOT NULL, 
	start_time VARCHAR(5), 
	end_time VARCHAR(5), 
	squareoff_time VARCHAR(5), 
	is_active BOOLEAN NOT NULL, 
	squared_off_on VARCHAR(10), 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, signing_sealed TEXT, 
	CONSTRAINT pk_strategies PRIMARY KEY (id), 
	CONSTRAINT fk_strategies_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT uq_strategies_user_id_name UNIQUE (user_id, name), 
	CONSTRAINT uq_strategies_webhook_digest UNIQUE (webhook_digest), 
	CONSTRAINT ck_strategies_platform CHECK (platform IN ('tradingview', 'amibroker', 'python', 'metatrader', 'excel', 'others', 'chartink')), 
	CONSTRAINT ck_strategies_trading_mode CHECK (trading_mode IN ('LONG', 'SHORT', 'BOTH'))
);
INSERT INTO "strategies" VALUES(1,1,1,'name','tradingview','webhook_digest','LONG',1,'start','end_t','squar',1,'squared_of','2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000','signing_sealed');
CREATE TABLE strategy_symbol_mappings (
	id INTEGER NOT NULL, 
	strategy_id INTEGER NOT NULL, 
	symbol VARCHAR(80) NOT NULL, 
	exchange VARCHAR(20) NOT NULL, 
	quantity BIGINT NOT NULL, 
	product_type VARCHAR(10) NOT NULL, 
	CONSTRAINT pk_strategy_symbol_mappings PRIMARY KEY (id), 
	CONSTRAINT fk_strategy_symbol_mappings_strategy_id FOREIGN KEY(strategy_id) REFERENCES strategies (id) ON DELETE CASCADE, 
	CONSTRAINT uq_strategy_symbol_mappings_strategy_id_symbol UNIQUE (strategy_id, symbol)
);
INSERT INTO "strategy_symbol_mappings" VALUES(1,1,'symbol','exchange',1,'product_ty');
CREATE TABLE users (
	id INTEGER NOT NULL, 
	username VARCHAR(80) NOT NULL, 
	name_key VARCHAR(80) NOT NULL, 
	email VARCHAR(254) NOT NULL, 
	password_hash VARCHAR(255) NOT NULL, 
	is_admin BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	password_changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (id), 
	CONSTRAINT uq_users_email UNIQUE (email), 
	CONSTRAINT uq_users_name_key UNIQUE (name_key)
);
INSERT INTO "users" VALUES(1,'username','name_key','email','password_hash',1,'2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000');
CREATE TABLE watchlist_books (
	user_id INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	lists TEXT NOT NULL, 
	removed TEXT NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_watchlist_books PRIMARY KEY (user_id), 
	CONSTRAINT fk_watchlist_books_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO "watchlist_books" VALUES(1,1,'lists','removed','2026-11-02 04:00:00.000000');
CREATE TABLE web_sessions (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	session_hash VARCHAR(64) NOT NULL, 
	ip_address VARCHAR(45) NOT NULL, 
	device VARCHAR(255) NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_web_sessions PRIMARY KEY (id), 
	CONSTRAINT fk_web_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT uq_web_sessions_session_hash UNIQUE (session_hash)
);
INSERT INTO "web_sessions" VALUES(1,1,'session_hash','ip_address','device','2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000','2026-11-02 04:00:00.000000');
CREATE TABLE webhook_deliveries (
	id INTEGER NOT NULL, 
	strategy_id INTEGER, 
	user_id INTEGER NOT NULL, 
	strategy VARCHAR(80) NOT NULL, 
	received_ms BIGINT NOT NULL, 
	source_address VARCHAR(45) NOT NULL, 
	payload VARCHAR(20) NOT NULL, 
	body TEXT, 
	digest VARCHAR(64) NOT NULL, 
	dedup_key VARCHAR(128), 
	result VARCHAR(32) NOT NULL, 
	duplicate_of BIGINT, 
	status BIGINT NOT NULL, 
	answer TEXT NOT NULL, 
	outcome VARCHAR(32), 
	CONSTRAINT pk_webhook_deliveries PRIMARY KEY (id), 
	CONSTRAINT fk_webhook_deliveries_strategy_id FOREIGN KEY(strategy_id) REFERENCES strategies (id) ON DELETE SET NULL, 
	CONSTRAINT fk_webhook_deliveries_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT ck_webhook_deliveries_result CHECK (result IN ('accepted', 'duplicate', 'ignored', 'refused')), 
	CONSTRAINT ck_webhook_deliveries_outcome CHECK (outcome IN ('accepted', 'partial', 'refused', 'unknown', 'dropped', 'waiting', 'nothing'))
);
INSERT INTO "webhook_deliveries" VALUES(1,1,1,'strategy',1,'source_address','payload','body','digest','dedup_key','accepted',1,1,'answer','accepted');
CREATE TABLE webhook_nonces (
	strategy_id INTEGER NOT NULL, 
	nonce VARCHAR(64) NOT NULL, 
	expires_ms BIGINT NOT NULL, 
	CONSTRAINT pk_webhook_nonces PRIMARY KEY (strategy_id, nonce), 
	CONSTRAINT fk_webhook_nonces_strategy_id FOREIGN KEY(strategy_id) REFERENCES strategies (id) ON DELETE CASCADE
);
INSERT INTO "webhook_nonces" VALUES(1,'nonce',1);
CREATE TABLE webhook_orders (
	id INTEGER NOT NULL, 
	delivery_id INTEGER NOT NULL, 
	strategy_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	account_id BIGINT NOT NULL, 
	broker VARCHAR(40) NOT NULL, 
	number BIGINT NOT NULL, 
	lane VARCHAR(32) NOT NULL, 
	exchange VARCHAR(20) NOT NULL, 
	symbol VARCHAR(80) NOT NULL, 
	command TEXT NOT NULL, 
	mode VARCHAR(32) NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	attempt BIGINT NOT NULL, 
	interrupted BOOLEAN NOT NULL, 
	received_ms BIGINT NOT NULL, 
	retry_ms BIGINT NOT NULL, 
	expires_ms BIGINT NOT NULL, 
	claimed_ms BIGINT, 
	ended_ms BIGINT, 
	outcome VARCHAR(32), 
	order_id VARCHAR(255), 
	tag VARCHAR(20), 
	pending_id BIGINT, 
	code VARCHAR(60), 
	message TEXT, 
	CONSTRAINT pk_webhook_orders PRIMARY KEY (id), 
	CONSTRAINT fk_webhook_orders_delivery_id FOREIGN KEY(delivery_id) REFERENCES webhook_deliveries (id) ON DELETE CASCADE, 
	CONSTRAINT uq_webhook_orders_delivery_id_number UNIQUE (delivery_id, number), 
	CONSTRAINT ck_webhook_orders_lane CHECK (lane IN ('smart', 'plain')), 
	CONSTRAINT ck_webhook_orders_mode CHECK (mode IN ('live', 'analyze')), 
	CONSTRAINT ck_webhook_orders_state CHECK (state IN ('queued', 'sending', 'ended')), 
	CONSTRAINT ck_webhook_orders_outcome CHECK (outcome IN ('accepted', 'partial', 'refused', 'unknown', 'dropped', 'waiting', 'nothing'))
);
INSERT INTO "webhook_orders" VALUES(1,1,1,1,1,'broker',1,'smart','exchange','symbol','command','live','queued',1,1,1,1,1,1,1,'accepted','order_id','tag',1,'code','message');
CREATE INDEX ix_contract_generations_broker ON contract_generations (broker);
CREATE INDEX ix_contracts_generation_broker_symbol ON contracts (generation, broker_symbol);
CREATE INDEX ix_contracts_generation_symbol_exchange ON contracts (generation, symbol, exchange);
CREATE INDEX ix_contracts_generation_token ON contracts (generation, token);
CREATE INDEX ix_idempotency_keys_created_ms ON idempotency_keys (created_ms);
CREATE INDEX ix_login_attempts_created_at ON login_attempts (created_at);
CREATE INDEX ix_login_attempts_username_created_at ON login_attempts (username, created_at);
CREATE INDEX ix_web_sessions_expires_at ON web_sessions (expires_at);
CREATE INDEX ix_web_sessions_user_id ON web_sessions (user_id);
CREATE INDEX ix_broker_sessions_expires_at ON broker_sessions (expires_at);
CREATE INDEX ix_pending_logins_account_id ON pending_logins (account_id);
CREATE INDEX ix_pending_logins_expires_at ON pending_logins (expires_at);
CREATE INDEX ix_pending_logins_session_hash ON pending_logins (session_hash);
CREATE INDEX ix_pending_orders_created_ms ON pending_orders (created_ms);
CREATE INDEX ix_pending_orders_state_expires_ms ON pending_orders (state, expires_ms);
CREATE INDEX ix_pending_orders_tag ON pending_orders (tag);
CREATE INDEX ix_pending_orders_user_id ON pending_orders (user_id);
CREATE INDEX ix_pending_orders_user_id_state ON pending_orders (user_id, state);
CREATE INDEX ix_held_gtts_account_id_mode_state ON held_gtts (account_id, mode, state);
CREATE INDEX ix_held_gtts_state ON held_gtts (state);
CREATE INDEX ix_order_intents_account_id_created_ms ON order_intents (account_id, created_ms);
CREATE INDEX ix_order_intents_account_id_order_id ON order_intents (account_id, order_id);
CREATE INDEX ix_order_intents_state_account_id ON order_intents (state, account_id);
CREATE INDEX ix_risk_changes_scope_id ON risk_changes (scope, id);
CREATE INDEX ix_protected_orders_created_ms ON protected_orders (created_ms);
CREATE INDEX ix_protected_orders_state ON protected_orders (state);
CREATE INDEX ix_strategies_user_id ON strategies (user_id);
CREATE INDEX ix_strategy_symbol_mappings_strategy_id ON strategy_symbol_mappings (strategy_id);
CREATE INDEX ix_webhook_deliveries_received_ms ON webhook_deliveries (received_ms);
CREATE INDEX ix_webhook_deliveries_strategy_id ON webhook_deliveries (strategy_id);
CREATE INDEX ix_webhook_deliveries_strategy_id_dedup_key_received_ms ON webhook_deliveries (strategy_id, dedup_key, received_ms);
CREATE INDEX ix_webhook_deliveries_strategy_id_digest_received_ms ON webhook_deliveries (strategy_id, digest, received_ms);
CREATE INDEX ix_webhook_deliveries_user_id ON webhook_deliveries (user_id);
CREATE INDEX ix_webhook_orders_account_id_state ON webhook_orders (account_id, state);
CREATE INDEX ix_webhook_orders_delivery_id ON webhook_orders (delivery_id);
CREATE INDEX ix_webhook_orders_pending_id ON webhook_orders (pending_id);
CREATE INDEX ix_webhook_orders_state ON webhook_orders (state);
CREATE INDEX ix_webhook_orders_strategy_id ON webhook_orders (strategy_id);
CREATE INDEX ix_webhook_orders_tag ON webhook_orders (tag);
CREATE INDEX ix_position_exits_account_id_mode_state ON position_exits (account_id, mode, state);
CREATE INDEX ix_position_exits_state ON position_exits (state);
CREATE UNIQUE INDEX uq_position_exits_open ON position_exits (account_id, mode, exchange, symbol, product) WHERE state IN ('waiting', 'active', 'firing', 'exiting');
CREATE INDEX ix_broker_accounts_broker ON broker_accounts (broker);
CREATE UNIQUE INDEX uq_broker_accounts_one_active ON broker_accounts (user_id) WHERE active;
CREATE INDEX ix_recovery_codes_user_id ON recovery_codes (user_id);
CREATE INDEX ix_pending_sign_ins_user_id ON pending_sign_ins (user_id);
CREATE INDEX ix_pending_sign_ins_expires_at ON pending_sign_ins (expires_at);
CREATE INDEX ix_sign_in_locks_failed_at ON sign_in_locks (failed_at);
CREATE INDEX ix_password_resets_user_id ON password_resets (user_id);
CREATE INDEX ix_password_resets_expires_at ON password_resets (expires_at);
CREATE INDEX ix_security_events_created_at ON security_events (created_at);
CREATE INDEX ix_security_events_user_id_created_at ON security_events (user_id, created_at);
CREATE INDEX ix_webhook_nonces_expires_ms ON webhook_nonces (expires_ms);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('broker_accounts',1);
COMMIT;
