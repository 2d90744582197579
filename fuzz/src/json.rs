//! A mutator of JSON texts: it changes one value, and the text stays JSON.

use serde_json::{Map, Value, json};

/// Mutates the text from `start` on, if it is JSON, and otherwise as libFuzzer does. Returns the new length.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, start: usize) -> usize {
    let mut random = Random(u64::from(seed) << 1 | 1);
    let parsed = data
        .get(start..size)
        .and_then(|text| serde_json::from_slice::<Value>(text).ok());
    let Some(mut value) = parsed.filter(|_| random.below(4) > 0) else {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    };
    for _ in 0..=random.below(3) {
        let others = value.clone();
        let count = count(&value);
        let at = random.below(count);
        change(&mut value, at, &others, &mut random);
    }
    let text = value.to_string();
    let end = start + text.len();
    if end > max_size.min(data.len()) {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    data[start..end].copy_from_slice(text.as_bytes());
    end
}

/// A small generator, because the same seed must give the same mutation.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        for shift in [13, -7, 17] {
            self.0 ^= if shift > 0 {
                self.0 << shift
            } else {
                self.0 >> -shift
            };
        }
        ((self.0 >> 11) % limit.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// The number of values in a value, itself included.
fn count(value: &Value) -> usize {
    1 + children(value).into_iter().map(count).sum::<usize>()
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    }
}

/// The value at a position, in depth-first order.
fn nth(value: &Value, at: usize) -> &Value {
    let mut rest = at;
    if rest == 0 {
        return value;
    }
    rest -= 1;
    for child in children(value) {
        let size = count(child);
        if rest < size {
            return nth(child, rest);
        }
        rest -= size;
    }
    value
}

/// Changes the value at a position. New values come from `others`, or from a list of unusual ones.
fn change(value: &mut Value, at: usize, others: &Value, random: &mut Random) {
    if at == 0 {
        *value = changed(value.take(), others, random);
        return;
    }
    let mut rest = at - 1;
    let children: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(members) => members.values_mut().collect(),
        _ => Vec::new(),
    };
    for child in children {
        let size = count(child);
        if rest < size {
            return change(child, rest, others, random);
        }
        rest -= size;
    }
}

fn changed(value: Value, others: &Value, random: &mut Random) -> Value {
    let other = nth(others, random.below(count(others))).clone();
    match (random.below(4), value) {
        (0, _) => other,
        (1 | 2, Value::Object(members)) => {
            Value::Object(changed_members(members, other, others, random))
        }
        (1 | 2, Value::Array(mut items)) => {
            match random.below(3) {
                0 => items.push(other),
                1 if !items.is_empty() => drop(items.remove(random.below(items.len()))),
                _ => items.extend(items.clone()),
            }
            Value::Array(items)
        }
        (1 | 2, Value::String(text)) => Value::String(changed_text(&text, random)),
        (1 | 2, Value::Number(number)) => match number.as_i64() {
            Some(number) => json!(number.wrapping_add(*random.pick(&[1, -1, 1 << 31, i64::MAX]))),
            None => json!(0),
        },
        _ => unusual(random),
    }
}

fn changed_members(
    mut members: Map<String, Value>,
    other: Value,
    others: &Value,
    random: &mut Random,
) -> Map<String, Value> {
    let names: Vec<String> = members.keys().cloned().collect();
    let known = keys(others);
    match random.below(4) {
        0 if !names.is_empty() => drop(members.remove(random.pick(&names).as_str())),
        1 if !names.is_empty() => {
            let value = members
                .remove(random.pick(&names).as_str())
                .unwrap_or_default();
            let name = random.pick(&names).clone();
            let name = changed_text(&name, random);
            members.insert(name, value);
        }
        2 if !known.is_empty() => drop(members.insert(random.pick(&known).clone(), other)),
        _ => drop(members.insert((*random.pick(KEYS)).to_owned(), other)),
    }
    members
}

/// All keys in a value.
fn keys(value: &Value) -> Vec<String> {
    let own = value.as_object().into_iter().flat_map(Map::keys).cloned();
    own.chain(children(value).into_iter().flat_map(keys))
        .collect()
}

fn changed_text(text: &str, random: &mut Random) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = random.below(characters.len() + 1);
    match random.below(4) {
        0 => characters.insert(
            at,
            *random.pick(&['\0', ' ', '/', '$', 'é', '𝄞', '9', 'A', '-', '.', ':']),
        ),
        1 if at < characters.len() => drop(characters.remove(at)),
        2 => characters.truncate(at),
        _ => return (*random.pick(TEXTS)).to_owned(),
    }
    characters.into_iter().collect()
}

fn unusual(random: &mut Random) -> Value {
    match random.below(8) {
        0 => Value::Null,
        1 => json!(random.below(2) == 0),
        2 => json!([]),
        3 => json!({}),
        4 => json!(random.pick(&[u64::MAX, 0, 1, 1 << 32, i64::MAX as u64, 1000])),
        5 => json!(random.pick(&[-1.0, 0.5, 1e308, -1e18, 1e-9])),
        _ => json!(random.pick(TEXTS)),
    }
}

const TEXTS: &[&str] = &[
    "",
    "a",
    "cn-north-4",
    "cn-east-3",
    "group",
    "web",
    "api/v1",
    "admin",
    "dev",
    "partner/eve",
    "acme/admin",
    "partner",
    "read",
    "write",
    "manage",
    "none",
    "forever",
    "latest",
    "v1",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-30T22:00:00Z",
    "2026-01-31T08:00:00Z",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "success",
    "running",
    "failed",
    "18446744073709551615",
    "1d",
    "PutManifest",
    "Throttled",
    "*",
    "^v.*$",
    "(a*)*$",
    "linux/arm64",
];

/// Keys that a file does not need to have.
const KEYS: &[&str] = &[
    "id",
    "last_id",
    "ahead_seconds",
    "frozen_at",
    "images",
    "tags",
    "manifests",
    "blobs",
    "shares",
    "triggers",
    "retention",
    "retention_log",
    "sync_rules",
    "sync_jobs",
    "course",
    "lastingSeconds",
    "due",
    "downflow",
    "regions",
    "namespaces",
    "repos",
    "permissions",
    "num_download",
    "times",
    "answers",
    "delay",
    "hold",
    "expect",
    "steps",
    "advance",
    "verify",
    "events",
    "order",
    "world",
    "on",
    "jobs",
];
