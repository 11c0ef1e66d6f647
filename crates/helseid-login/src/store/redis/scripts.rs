//! What Redis does in one step. Lua, since each of these decides by what it finds in several keys. A script runs alone, so that
//! nothing comes between its reading and its writing. They are loaded with each connection and called by their hash.
//!
//! A row is a hash: version `v`, record `d`, times of use `u` and of authentication `a`, end of the lease `l`, names of session `s`
//! and person `p`. Under each name is the set of the ids of its rows; of those that have expired some may still be in it.
//! The mark of a logout, and that an id was used, hold their end by the clock of the caller, and expire by that of Redis.
//!
//! Each begins with a command that frees memory where it ends something, so that sessions can also be ended in a Redis that is full:
//! a script that has written is not refused any more.

/// What all of them begin with.
pub(super) const PRELUDE: &str = "
local function named(kind, name) return 'helseid-login:' .. kind .. ':' .. name end
local function drop(id)
    local row = named('row', id)
    local names = redis.call('HMGET', row, 's', 'p')
    redis.call('DEL', row)
    if names[1] then redis.call('SREM', named('name', names[1]), id) end
    if names[2] then redis.call('SREM', named('name', names[2]), id) end
end
local function claim(from, count, ends, life, now)
    for i = from, from + count - 1 do
        local known = redis.call('GET', named('used', ARGV[i]))
        if known and tonumber(known) > now then return false end
    end
    redis.call('SET', named('used', ARGV[from]), ends, 'PX', life)
    return true
end
local function list(name, id, life)
    local all = named('name', name)
    if redis.call('SCARD', all) >= 64 then
        for _, other in ipairs(redis.call('SMEMBERS', all)) do
            if redis.call('EXISTS', named('row', other)) == 0 then redis.call('SREM', all, other) end
        end
    end
    redis.call('SADD', all, id)
    if redis.call('PTTL', all) < life then redis.call('PEXPIRE', all, life) end
end
";

/// ARGV: id, the id that it replaces or nothing, the version that this must have or nothing, now, the life in milliseconds, the
/// record, when it was used, when its person authenticated, how many names of the session and of the person there are, the names.
pub(super) const INSERT: &str = "
local id, old, expected, now, life = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local authenticated, sessions, persons = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
if expected ~= '' and redis.call('HGET', named('row', old), 'v') ~= expected then return 'conflict' end
if old ~= '' then drop(old) end
for i = 1, sessions + persons do
    local mark = redis.call('GET', named('out', ARGV[10 + i]))
    if mark then
        local to, ends = string.match(mark, '^(%S+) (%S+)$')
        if tonumber(ends) > now and (i <= sessions or authenticated <= tonumber(to)) then return 'out' end
    end
end
local row = named('row', id)
redis.call('HSET', row, 'v', 1, 'd', ARGV[6], 'u', ARGV[7], 'a', ARGV[8], 'l', 0, 'p', ARGV[11 + sessions])
redis.call('PEXPIRE', row, life)
if sessions > 0 then
    redis.call('HSET', row, 's', ARGV[11])
    list(ARGV[11], id, life)
end
list(ARGV[11 + sessions], id, life)
return 'done'";

/// ARGV: id, version, the next version, the record.
pub(super) const UPDATE: &str = "
local row = named('row', ARGV[1])
if redis.call('HGET', row, 'v') ~= ARGV[2] then return 0 end
redis.call('HSET', row, 'v', ARGV[3], 'd', ARGV[4])
return 1";

/// ARGV: id, the time.
pub(super) const TOUCH: &str = "
local row = named('row', ARGV[1])
local used = redis.call('HGET', row, 'u')
if not used then return 0 end
if tonumber(used) < tonumber(ARGV[2]) then redis.call('HSET', row, 'u', ARGV[2]) end
return 1";

/// ARGV: id, its end, now, the latest end that another's may have.
pub(super) const LEASE: &str = "
local row = named('row', ARGV[1])
local ends = redis.call('HGET', row, 'l')
if not ends then return 'gone' end
if tonumber(ends) > tonumber(ARGV[3]) and tonumber(ends) <= tonumber(ARGV[4]) then return 'held' end
redis.call('HSET', row, 'l', ARGV[2])
return 'taken'";

/// ARGV: id, its end.
pub(super) const RELEASE: &str = "
local row = named('row', ARGV[1])
if redis.call('HGET', row, 'l') == ARGV[2] then redis.call('HSET', row, 'l', 0) end";

/// ARGV: ids.
pub(super) const END: &str = "
for _, id in ipairs(ARGV) do drop(id) end";

/// ARGV: names of a session.
pub(super) const END_SESSION: &str = "
for _, name in ipairs(ARGV) do
    for _, id in ipairs(redis.call('SMEMBERS', named('name', name))) do drop(id) end
    redis.call('DEL', named('name', name))
end";

/// ARGV: now, `session` or `person`, the time to which a person's sessions are meant, the end of the mark and its life in
/// milliseconds, the end of the token and its life, how many names the token and the session or person have, the names.
pub(super) const LOG_OUT: &str = "
local now, of, to, life = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[5])
local tokens, names = tonumber(ARGV[8]), tonumber(ARGV[9])
for i = 10, 9 + tokens do
    local known = redis.call('GET', named('used', ARGV[i]))
    if known and tonumber(known) > now then return 0 end
end
for i = 10 + tokens, 9 + tokens + names do
    local all = named('name', ARGV[i])
    for _, id in ipairs(redis.call('SMEMBERS', all)) do
        local began = redis.call('HGET', named('row', id), 'a')
        if not began or of == 'session' or tonumber(began) <= to then
            drop(id)
            redis.call('SREM', all, id)
        end
    end
end
for i = 10 + tokens, 9 + tokens + names do
    local out = named('out', ARGV[i])
    local mark = redis.call('GET', out)
    local latest, ends, left = to, tonumber(ARGV[4]), life
    if mark then
        local known_to, known_ends = string.match(mark, '^(%S+) (%S+)$')
        latest, ends = math.max(latest, tonumber(known_to)), math.max(ends, tonumber(known_ends))
        left = math.max(left, redis.call('PTTL', out))
    end
    redis.call('SET', out, string.format('%.0f %.0f', latest, ends), 'PX', left)
end
if tokens > 0 then redis.call('SET', named('used', ARGV[10]), ARGV[6], 'PX', ARGV[7]) end
return 1";

/// ARGV: now, the end of the use and its life in milliseconds, the names.
pub(super) const CLAIM: &str = "
if claim(4, #ARGV - 3, ARGV[2], ARGV[3], tonumber(ARGV[1])) then return 1 end
return 0";

/// KEYS: the epoch. ARGV: the server's name, a new epoch, and whether it is raised whatever server this is.
/// An epoch is of one run of a server: one that was restarted, or that took another's place, may have rows that were ended.
pub(super) const EPOCH: &str = "
local known = redis.call('HGET', KEYS[1], 'server')
if known == ARGV[1] and ARGV[3] == '0' then return 'same' end
redis.call('HSET', KEYS[1], 'server', ARGV[1], 'epoch', ARGV[2])
if known then return 'raised' end
return 'first'";
