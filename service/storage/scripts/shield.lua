-- Make a text immune to rule reports. KEYS: 1 comment. ARGV: 1 version of the text
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
return redis.call('HSET', KEYS[1], 'i', ARGV[1])
