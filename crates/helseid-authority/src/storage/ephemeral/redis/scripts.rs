//! What Redis does in one step. Lua, since each of these decides by what it finds in several keys: MULTI cannot branch, and
//! WATCH takes two trips and a connection of its own. A script runs alone, so that nothing comes between its reading and
//! its writing. They are loaded with each connection and called by their hash, which costs one trip.
//!
//! A group is a hash: the names of its entries, each with the version that was written into the group. An entry with another
//! version was written again since, into another group or none, and is not of this one any more.
//!
//! Scripts go by the clock of the replica that calls them; [`REDEEM`] also tells the time of Redis, which keys expire by.

/// Uses up ids and entries. KEYS: the used ids, the taken entries, the required entries, and the marker if there is one.
/// ARGV: how many of the first three there are, then how many milliseconds each id is remembered.
/// Gives the time, whether the marker is there, what became of it, the index of what is spent or absent, and the sealed values
/// of the taken and then the required entries. All is read before anything is written.
pub(super) const REDEEM: &str = "
local time = redis.call('TIME')[1]
local uses, takes, requires = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local marker = KEYS[uses + takes + requires + 1]
local marked = 0
if marker then marked = redis.call('EXISTS', marker) end
for i = 1, uses do
    if redis.call('EXISTS', KEYS[i]) == 1 then return {time, marked, 'spent', i - 1, {}} end
end
local values = {}
for i = uses + 1, uses + takes + requires do
    local value = redis.call('GET', KEYS[i])
    if not value then return {time, marked, 'absent', i - uses - 1, {}} end
    table.insert(values, value)
end
for i = 1, uses do redis.call('SET', KEYS[i], 1, 'PX', ARGV[3 + i]) end
for i = uses + 1, uses + takes do redis.call('DEL', KEYS[i]) end
return {time, marked, 'done', 0, values}";

/// Writes an entry. KEYS: the entry, then the group and the mark that it ended, if it is in a group.
/// ARGV: the sealed value, its life in milliseconds, the condition, the expected version, the most entries of a group, and what a
/// full one does: `refuse`, or `make room` by dropping the entry that ends first.
pub(super) const WRITE: &str = "
local name, group, ended = KEYS[1], KEYS[2], KEYS[3]
local life, most = tonumber(ARGV[2]), tonumber(ARGV[5])
if ARGV[3] == 'absent' and redis.call('EXISTS', name) == 1 then return 'conflict' end
if ARGV[3] == 'unchanged' and redis.call('GETRANGE', name, 0, 11) ~= ARGV[4] then return 'conflict' end
if group then
    if redis.call('EXISTS', ended) == 1 then return 'conflict' end
    if redis.call('HEXISTS', group, name) == 0 and redis.call('HLEN', group) >= most then
        local members = redis.call('HGETALL', group)
        for i = 1, #members, 2 do
            if redis.call('GETRANGE', members[i], 0, 11) ~= members[i + 1] then redis.call('HDEL', group, members[i]) end
        end
        if redis.call('HLEN', group) >= most then
            if ARGV[6] ~= 'make room' then return 'full' end
            local first, least
            for _, member in ipairs(redis.call('HKEYS', group)) do
                local left = redis.call('PTTL', member)
                if not least or left < least then first, least = member, left end
            end
            redis.call('DEL', first)
            redis.call('HDEL', group, first)
        end
    end
    redis.call('HSET', group, name, string.sub(ARGV[1], 1, 12))
    if redis.call('PTTL', group) < life then redis.call('PEXPIRE', group, life) end
end
redis.call('SET', name, ARGV[1], 'PX', life)
return 'done'";

/// Lists the entries of a group. KEYS: the group. Gives names and sealed values in turn.
pub(super) const LIST: &str = "
local found = {}
local members = redis.call('HGETALL', KEYS[1])
for i = 1, #members, 2 do
    local value = redis.call('GET', members[i])
    if value and string.sub(value, 1, 12) == members[i + 1] then
        table.insert(found, members[i])
        table.insert(found, value)
    end
end
return found";

/// Removes the entries of a group. KEYS: the group, and the mark that it ended. ARGV: how many milliseconds that mark
/// stays. It begins with a command that frees memory, so that a group can also be ended in a Redis that is full: a script
/// that has written is not refused any more.
pub(super) const END_GROUP: &str = "
local members = redis.call('HGETALL', KEYS[1])
for i = 1, #members, 2 do
    if redis.call('GETRANGE', members[i], 0, 11) == members[i + 1] then redis.call('DEL', members[i]) end
end
redis.call('DEL', KEYS[1])
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[2], 1, 'PX', ARGV[1]) end";
