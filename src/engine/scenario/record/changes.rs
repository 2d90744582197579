//! The part of a world that changed, as an expectation.

use serde_json::{Map, Value, json};

use crate::base::redact::Redacted;
use crate::fixtures::world::World;

/// The settings of a repository that are compared. Ids, times and counters differ from run to run.
const SETTINGS: [&str; 3] = ["category", "description", "is_public"];

/// What a repository has by name. The names are compared.
const NAMED: [&str; 3] = ["shares", "tags", "triggers"];

/// A world as a file has it, without the keys and passwords of users. A server derives others from their names.
pub(super) fn without_secrets(world: &World) -> Value {
    let mut value = world.to_value();
    let users = value.get_mut("users").and_then(Value::as_object_mut);
    for user in users.into_iter().flat_map(Map::values_mut) {
        if let Some(user) = user.as_object_mut() {
            user.retain(|key, _| !["access_key", "secret_key", "password"].contains(&key.as_str()));
        }
    }
    value
}

/// The organizations and repositories that differ, as they are in the end; `None` if there are none.
pub(super) fn between(start: &World, end: &World) -> Option<Value> {
    let (start, end) = (start.to_value(), end.to_value());
    let mut changed = Map::new();
    let own = changed_namespaces(&start["namespaces"], &end["namespaces"]);
    set(&mut changed, "namespaces", own);
    let regions = each_key(&start["regions"], &end["regions"], |before, after| {
        let namespaces = changed_namespaces(&before["namespaces"], &after["namespaces"]);
        (!namespaces.is_empty()).then(|| json!({ "namespaces": namespaces }))
    });
    set(&mut changed, "regions", regions);
    (!changed.is_empty()).then_some(Value::Object(changed))
}

fn changed_namespaces(start: &Value, end: &Value) -> Map<String, Value> {
    each_key(start, end, |before, after| {
        if after.is_null() {
            return Some(Value::Null);
        }
        let mut changed = Map::new();
        set(
            &mut changed,
            "permissions",
            changed_values(&before["permissions"], &after["permissions"]),
        );
        let repos = each_key(&before["repos"], &after["repos"], changed_repo);
        set(&mut changed, "repos", repos);
        (before.is_null() || !changed.is_empty()).then_some(Value::Object(changed))
    })
}

fn changed_repo(before: &Value, after: &Value) -> Option<Value> {
    if after.is_null() {
        return Some(Value::Null);
    }
    let mut changed = Map::new();
    for key in SETTINGS {
        let is_unset = before[key].is_null() && after[key] == "";
        if before[key] != after[key] && !is_unset && Redacted::value(&after[key]) == after[key] {
            // `null` means that the key does not exist: a file leaves out a default.
            changed.insert(key.to_owned(), after[key].clone());
        }
    }
    for key in NAMED {
        let (earlier, later) = (names(&before[key]), names(&after[key]));
        if earlier != later {
            changed.insert(key.to_owned(), later.into());
        }
    }
    set(
        &mut changed,
        "permissions",
        changed_values(&before["permissions"], &after["permissions"]),
    );
    (before.is_null() || !changed.is_empty()).then_some(Value::Object(changed))
}

fn changed_values(start: &Value, end: &Value) -> Map<String, Value> {
    each_key(start, end, |before, after| {
        (before != after).then(|| after.clone())
    })
}

/// The keys of both objects for which `change` returns a value. A key that one of them lacks is `null` there.
fn each_key(
    start: &Value,
    end: &Value,
    change: impl Fn(&Value, &Value) -> Option<Value>,
) -> Map<String, Value> {
    let keys = names(start).into_iter().chain(names(end));
    keys.filter_map(|key| Some((key.to_owned(), change(&start[key], &end[key])?)))
        .collect()
}

fn names(object: &Value) -> Vec<&str> {
    let keys = object.as_object().into_iter().flat_map(Map::keys);
    keys.map(String::as_str).collect()
}

fn set(changed: &mut Map<String, Value>, key: &str, value: Map<String, Value>) {
    if !value.is_empty() {
        changed.insert(key.to_owned(), value.into());
    }
}
