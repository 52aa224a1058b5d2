BEGIN TRANSACTION;
CREATE TABLE alembic_version_sandbox (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_sandbox_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version_sandbox" VALUES('sandbox_0002');
CREATE TABLE paper_accounts (
	account_id BIGINT NOT NULL, 
	broker VARCHAR(40) NOT NULL, 
	day VARCHAR(10) NOT NULL, 
	opened_ms BIGINT NOT NULL, 
	reset_ms BIGINT NOT NULL, 
	reset_count BIGINT NOT NULL, 
	CONSTRAINT pk_paper_accounts PRIMARY KEY (account_id)
);
INSERT INTO "paper_accounts" VALUES(1,'broker','day',1,1,1);
CREATE TABLE paper_balances (
	account_id BIGINT NOT NULL, 
	name VARCHAR(20) NOT NULL, 
	paise BIGINT NOT NULL, 
	CONSTRAINT pk_paper_balances PRIMARY KEY (account_id, name)
);
INSERT INTO "paper_balances" VALUES(1,'name',1);
CREATE TABLE paper_days (
	id INTEGER NOT NULL, 
	account_id BIGINT NOT NULL, 
	day VARCHAR(10) NOT NULL, 
	realised BIGINT NOT NULL, 
	charges BIGINT NOT NULL, 
	positions_unrealised BIGINT NOT NULL, 
	holdings_unrealised BIGINT NOT NULL, 
	available BIGINT NOT NULL, 
	blocked BIGINT NOT NULL, 
	portfolio_value BIGINT NOT NULL, 
	CONSTRAINT pk_paper_days PRIMARY KEY (id), 
	CONSTRAINT uq_paper_days_account_id_day UNIQUE (account_id, day)
);
INSERT INTO "paper_days" VALUES(1,1,'day',1,1,1,1,1,1,1);
CREATE TABLE paper_entries (
	id INTEGER NOT NULL, 
	account_id BIGINT NOT NULL, 
	at_ms BIGINT NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	source VARCHAR(32) NOT NULL, 
	target VARCHAR(32) NOT NULL, 
	paise BIGINT NOT NULL, 
	reference VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_paper_entries PRIMARY KEY (id), 
	CONSTRAINT ck_paper_entries_positive CHECK (paise > 0), 
	CONSTRAINT ck_paper_entries_moves CHECK (source <> target), 
	CONSTRAINT ck_paper_entries_source CHECK (source IN ('capital', 'cash', 'blocked', 'holdings', 'realised', 'charges')), 
	CONSTRAINT ck_paper_entries_target CHECK (target IN ('capital', 'cash', 'blocked', 'holdings', 'realised', 'charges'))
);
INSERT INTO "paper_entries" VALUES(1,1,1,'kind','capital','cash',1,'reference');
CREATE TABLE paper_holdings (
	id INTEGER NOT NULL, 
	account_id BIGINT NOT NULL, 
	broker VARCHAR(40) NOT NULL, 
	exchange VARCHAR(20) NOT NULL, 
	symbol VARCHAR(80) NOT NULL, 
	quantity BIGINT NOT NULL, 
	cost BIGINT NOT NULL, 
	last_price BIGINT, 
	settled_on VARCHAR(10) NOT NULL, 
	CONSTRAINT pk_paper_holdings PRIMARY KEY (id), 
	CONSTRAINT ck_paper_holdings_amounts CHECK (quantity > 0 AND cost >= 0), 
	CONSTRAINT uq_paper_holdings_account_id_exchange_symbol UNIQUE (account_id, exchange, symbol)
);
INSERT INTO "paper_holdings" VALUES(1,1,'broker','exchange','symbol',1,1,1,'settled_on');
CREATE TABLE paper_instruments (
	broker VARCHAR(40) NOT NULL, 
	exchange VARCHAR(20) NOT NULL, 
	symbol VARCHAR(80) NOT NULL, 
	facts TEXT NOT NULL, 
	CONSTRAINT pk_paper_instruments PRIMARY KEY (broker, exchange, symbol)
);
INSERT INTO "paper_instruments" VALUES('broker','exchange','symbol','facts');
CREATE TABLE paper_lots (
	id INTEGER NOT NULL, 
	account_id BIGINT NOT NULL, 
	exchange VARCHAR(20) NOT NULL, 
	symbol VARCHAR(80) NOT NULL, 
	settles_on VARCHAR(10) NOT NULL, 
	quantity BIGINT NOT NULL, 
	cost BIGINT NOT NULL, 
	CONSTRAINT pk_paper_lots PRIMARY KEY (id), 
	CONSTRAINT ck_paper_lots_amounts CHECK (quantity > 0 AND cost >= 0), 
	CONSTRAINT uq_paper_lots_account_id_exchange_symbol_settles_on UNIQUE (account_id, exchange, symbol, settles_on)
);
INSERT INTO "paper_lots" VALUES(1,1,'exchange','symbol','settles_on',1,1);
CREATE TABLE paper_orders (
	sequence INTEGER NOT NULL, 
	order_id VARCHAR(40) NOT NULL, 
	tag VARCHAR(20), 
	account_id BIGINT NOT NULL, 
	broker VARCHAR(40) NOT NULL, 
	exchange VARCHAR(20) NOT NULL, 
	symbol VARCHAR(80) NOT NULL, 
	side VARCHAR(32) NOT NULL, 
	product VARCHAR(32) NOT NULL, 
	quantity BIGINT NOT NULL, 
	price_type VARCHAR(32) NOT NULL, 
	price BIGINT, 
	trigger_price BIGINT, 
	reserve_price BIGINT NOT NULL, 
	disclosed BIGINT NOT NULL, 
	status VARCHAR(32) NOT NULL, 
	filled BIGINT NOT NULL, 
	filled_value BIGINT NOT NULL, 
	filled_cost BIGINT NOT NULL, 
	reason VARCHAR(255) NOT NULL, 
	origin VARCHAR(20) NOT NULL, 
	expires_ms BIGINT NOT NULL, 
	placed_ms BIGINT NOT NULL, 
	updated_ms BIGINT NOT NULL, 
	CONSTRAINT pk_paper_orders PRIMARY KEY (sequence), 
	CONSTRAINT ck_paper_orders_filled CHECK (quantity > 0 AND filled BETWEEN 0 AND quantity), 
	CONSTRAINT uq_paper_orders_order_id UNIQUE (order_id), 
	CONSTRAINT uq_paper_orders_tag UNIQUE (tag), 
	CONSTRAINT ck_paper_orders_side CHECK (side IN ('BUY', 'SELL')), 
	CONSTRAINT ck_paper_orders_product CHECK (product IN ('CNC', 'NRML', 'MIS')), 
	CONSTRAINT ck_paper_orders_price_type CHECK (price_type IN ('MARKET', 'LIMIT', 'SL', 'SL-M')), 
	CONSTRAINT ck_paper_orders_status CHECK (status IN ('open', 'trigger pending', 'complete', 'cancelled', 'rejected'))
);
INSERT INTO "paper_orders" VALUES(1,'order_id','tag',1,'broker','exchange','symbol','BUY','CNC',1,'MARKET',1,1,1,1,'open',1,1,1,'reason','origin',1,1,1);
CREATE TABLE paper_positions (
	id INTEGER NOT NULL, 
	account_id BIGINT NOT NULL, 
	broker VARCHAR(40) NOT NULL, 
	exchange VARCHAR(20) NOT NULL, 
	symbol VARCHAR(80) NOT NULL, 
	product VARCHAR(32) NOT NULL, 
	quantity BIGINT NOT NULL, 
	cost BIGINT NOT NULL, 
	realised BIGINT NOT NULL, 
	realised_total BIGINT NOT NULL, 
	margin BIGINT NOT NULL, 
	last_price BIGINT, 
	opened_ms BIGINT NOT NULL, 
	updated_ms BIGINT NOT NULL, 
	CONSTRAINT pk_paper_positions PRIMARY KEY (id), 
	CONSTRAINT ck_paper_positions_amounts CHECK (cost >= 0 AND margin >= 0), 
	CONSTRAINT uq_paper_positions_account_id_exchange_symbol_product UNIQUE (account_id, exchange, symbol, product), 
	CONSTRAINT ck_paper_positions_product CHECK (product IN ('CNC', 'NRML', 'MIS'))
);
INSERT INTO "paper_positions" VALUES(1,1,'broker','exchange','symbol','CNC',1,1,1,1,1,1,1,1);
CREATE TABLE paper_settings (
	"key" VARCHAR(40) NOT NULL, 
	value TEXT NOT NULL, 
	updated_ms BIGINT NOT NULL, 
	CONSTRAINT pk_paper_settings PRIMARY KEY ("key")
);
INSERT INTO "paper_settings" VALUES('key','value',1);
CREATE TABLE paper_trades (
	id INTEGER NOT NULL, 
	trade_id VARCHAR(40) NOT NULL, 
	order_id VARCHAR(40) NOT NULL, 
	account_id BIGINT NOT NULL, 
	exchange VARCHAR(20) NOT NULL, 
	symbol VARCHAR(80) NOT NULL, 
	side VARCHAR(32) NOT NULL, 
	product VARCHAR(32) NOT NULL, 
	quantity BIGINT NOT NULL, 
	price BIGINT NOT NULL, 
	value BIGINT NOT NULL, 
	realised BIGINT NOT NULL, 
	charges BIGINT NOT NULL, 
	traded_ms BIGINT NOT NULL, 
	CONSTRAINT pk_paper_trades PRIMARY KEY (id), 
	CONSTRAINT uq_paper_trades_trade_id UNIQUE (trade_id), 
	CONSTRAINT ck_paper_trades_side CHECK (side IN ('BUY', 'SELL')), 
	CONSTRAINT ck_paper_trades_product CHECK (product IN ('CNC', 'NRML', 'MIS'))
);
INSERT INTO "paper_trades" VALUES(1,'trade_id','order_id',1,'exchange','symbol','BUY','CNC',1,1,1,1,1,1);
CREATE TABLE schema_state (store VARCHAR(20) PRIMARY KEY, state VARCHAR(20) NOT NULL, target VARCHAR(40) NOT NULL, note VARCHAR(255) NOT NULL, changed_at VARCHAR(40) NOT NULL);
INSERT INTO "schema_state" VALUES('sandbox','ready','sandbox_0002','','2026-11-30T22:09:04.062798+00:00');
CREATE INDEX ix_paper_entries_account_id_at_ms ON paper_entries (account_id, at_ms);
CREATE INDEX ix_paper_orders_account_id_exchange_symbol_product_status ON paper_orders (account_id, exchange, symbol, product, status);
CREATE INDEX ix_paper_orders_account_id_placed_ms ON paper_orders (account_id, placed_ms);
CREATE INDEX ix_paper_orders_status ON paper_orders (status);
CREATE INDEX ix_paper_trades_account_id_traded_ms ON paper_trades (account_id, traded_ms);
CREATE INDEX ix_paper_trades_order_id ON paper_trades (order_id);
COMMIT;
