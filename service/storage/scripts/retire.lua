-- Remove a consumer that holds nothing: XGROUP DELCONSUMER drops what is pending, so both stand in one script.
-- KEYS: 1 stream. ARGV: 1 group, 2 consumer
if redis.call('TYPE', KEYS[1]).ok ~= 'stream' then return 0 end
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
