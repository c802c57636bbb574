-- What the running application may do, where the tables belong to somebody else: read and write, but of what
-- is written once neither change nor empty anything. Run as the tables' owner, and again after each upgrade:
--   PGOPTIONS="-c touchline.app_role=touchline_app" psql "$OWNER_URL" -v ON_ERROR_STOP=1 -f deploy/postgres-grants.sql
DO $$
DECLARE
  app text := current_setting('touchline.app_role');
  written_once record;
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', app);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', app);
  EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO %I', app);
  EXECUTE format('REVOKE CREATE ON SCHEMA public FROM %I', app);
  -- The tables with the trigger that refuses to be emptied. Of three, retention takes away rows whose stub
  -- stands; their trigger refuses every other DELETE.
  FOR written_once IN
    SELECT tgrelid::regclass AS name,
           EXISTS (SELECT 1 FROM pg_trigger other WHERE other.tgrelid = each.tgrelid
                   AND other.tgname = relname || '_refuse_delete') AS may_go
    FROM pg_trigger each JOIN pg_class ON pg_class.oid = each.tgrelid
    WHERE each.tgname = relname || '_refuse_truncate'
  LOOP
    EXECUTE format('REVOKE UPDATE, TRUNCATE ON %s FROM %I', written_once.name, app);
    IF NOT written_once.may_go THEN
      EXECUTE format('REVOKE DELETE ON %s FROM %I', written_once.name, app);
    END IF;
  END LOOP;
END $$;
