-- Say on a channel that it is alive, from the node on which the lane's moves are published.
-- KEYS: 1 any key of the lane. ARGV: 1 channel, 2 what to say
return redis.call('PUBLISH', ARGV[1], ARGV[2])
