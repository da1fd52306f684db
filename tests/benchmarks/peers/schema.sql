-- The tables of the Node peers, in a database of their own. Run before every measurement.
DROP TABLE IF EXISTS message, conversation, contact, recipient, campaign CASCADE;

CREATE TABLE contact (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    phone text NOT NULL UNIQUE,
    name text,
    email text,
    city text,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE conversation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contact_id bigint NOT NULL UNIQUE REFERENCES contact (id),
    status text NOT NULL DEFAULT 'open',
    unread int NOT NULL DEFAULT 0,
    last_message_at timestamptz,
    last_preview text
);

CREATE TABLE message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id bigint REFERENCES conversation (id),
    wamid text NOT NULL UNIQUE,
    direction smallint NOT NULL DEFAULT 0,
    kind text NOT NULL DEFAULT 'text',
    body text,
    raw jsonb,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON message (conversation_id, id);

CREATE TABLE campaign (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    status text NOT NULL DEFAULT 'running'
);

CREATE TABLE recipient (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id bigint NOT NULL REFERENCES campaign (id),
    phone text NOT NULL,
    name text,
    status text NOT NULL DEFAULT 'pending',
    wamid text,
    attempts int NOT NULL DEFAULT 0,
    sent_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON recipient (campaign_id, id) WHERE status = 'pending';
CREATE UNIQUE INDEX ON recipient (wamid);
