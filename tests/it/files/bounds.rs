//! The bounds of the JSON Schema and those of the parser.
//!
//! The documents contain a value for each bound of the schema. A value just inside is accepted in one of the documents.
//! A value just outside is refused in all of them.

use std::collections::BTreeSet;

use mock_swr::Scenario;
use serde_json::{Value, json};

/// A value of a document, with the part of the schema that describes it.
struct Described<'a> {
    /// The pointer to the value.
    value: String,
    schema: &'a Value,
    /// The pointer to this part of the schema.
    place: String,
}

fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/schema/scenario.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Documents that contain a value for each bound. The settings of some words exclude those of others.
fn documents() -> Vec<Value> {
    let rule = |template: &str, params: Value, kind: &str| {
        let selectors = json!([{"kind": kind, "pattern": "v1"}]);
        json!({"template": template, "params": params, "tag_selectors": selectors})
    };
    let by_age = rule("date_rule", json!({"days": "5"}), "label");
    let by_count = rule("tag_rule", json!({"num": "5"}), "regexp");
    let job =
        json!({"id": 60, "tag": "v1", "remoteRegionId": "cn-east-3", "remoteNamespace": "copy"});
    let with = |mut value: Value, more: Value| {
        let more = more.as_object().unwrap().clone();
        value.as_object_mut().unwrap().extend(more);
        value
    };
    let world = |rule: &Value, job: Value| {
        json!({
            "last_id": 900,
            "downflow": {"acme": {"2026-01-31T00:00:00Z": 7}},
            "accounts": {"acme": {"quota": {"namespaces": 5, "repos": 6, "tags": 7}}},
            "users": {"dev": {"permission": "read", "tokens": {"cn-east-3": 1}}},
            "namespaces": {"group": {"id": 20, "permissions": {"dev": "write"}, "repos": {"web": {
                "id": 21, "num_download": 3,
                "retention": {"id": 22, "rules": [rule]},
                "retention_log": [{"id": 23, "retention_id": 22, "tag": "v0", "rule": rule}],
                "sync_rules": [{"id": 24, "remoteRegionId": "cn-east-3", "remoteNamespace": "copy"}],
                "sync_jobs": [job],
                "triggers": {"deploy": {
                    "trigger_type": "all", "enable": "true", "result": "success",
                    "trigger_history": [{"tag": "v1", "result": "failed"}]
                }},
                "images": [{"tag": "v1", "layers": 2, "age_seconds": 5, "pulls": 4}],
                "blobs": [BLOB], "manifests": {MANIFEST: MEDIA_TYPE},
                "tags": {"pushed": {"id": 25, "digest": MANIFEST}}
            }}}},
            "regions": {"cn-east-3": {"namespaces": {"copy": {}}}},
            "blobs": {BLOB: "e30=", MANIFEST: MANIFEST_BYTES}
        })
    };
    let plan = |calls: Value, answer: Value| json!({"calls": calls, "answers": [answer]});
    let document = |world: Value| {
        json!({
            "world": world, "auth": "Off", "profile": "Oci",
            "on": [
                plan(json!({"op": ["CreateRepo"]}), json!({"status": 503, "times": 2})),
                plan(json!({"any": true}), json!({"real": true, "times": "always", "delay": "5ms", "lost": true})),
                plan(json!({"writes": true}), json!({"real": true, "reset_after": 1, "corrupt": true})),
                plan(json!({"unmatched": true}), json!({"real": true, "close_after": 1})),
                plan(json!("ListTags"), json!({"real": true, "stall_after": 1})),
                plan(json!("ListTags"), json!({"reset": true})),
                plan(json!("ListTags"), json!({"close": true})),
                plan(json!("ListTags"), json!({"reset_after_reading": 1})),
                plan(json!("ListTags"), json!({"real": true, "dribble": {"bytes": 5, "every": "5ms"}})),
                plan(json!("ListTags"), json!(503)),
            ],
            "next_job": [{"states": ["running", "success"], "lasting": "5m"}, {"states": ["running"]}],
            "expect": {
                "verify": [{"calls": "CreateRepo", "times": 2, "answered": 201}],
                "events": [{"kind": "pushed"}]
            },
            "steps": [{"advance": "31d"}]
        })
    };
    let finished = with(job.clone(), json!({"status": "success"}));
    let running = with(job, json!({"status": "waiting", "course": ["success"]}));
    vec![
        document(world(&by_age, finished)),
        document(world(&by_count, running)),
    ]
}

const BLOB: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const MANIFEST: &str = "sha256:c512d672400a70f985a0b560012538262a2d5803ecde325dcf0162d3616cddeb";
const MEDIA_TYPE: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// The manifest in base64.
const MANIFEST_BYTES: &str = concat!(
    "eyJzY2hlbWFWZXJzaW9uIjoyLCJtZWRpYVR5cGUiOiJhcHBsaWNhdGlvbi92bmQuZG9ja2VyLmRpc3RyaWJ1dGlvbi5tYW5pZmVz",
    "dC52Mitqc29uIiwiY29uZmlnIjp7Im1lZGlhVHlwZSI6ImFwcGxpY2F0aW9uL3ZuZC5kb2NrZXIuY29udGFpbmVyLmltYWdlLnYx",
    "K2pzb24iLCJzaXplIjoyLCJkaWdlc3QiOiJzaGEyNTY6NDQxMzZmYTM1NWIzNjc4YTExNDZhZDE2ZjdlODY0OWU5NGZiNGZjMjFm",
    "ZTc3ZTgzMTBjMDYwZjYxY2FhZmY4YSJ9LCJsYXllcnMiOltdfQ==",
);

/// Collects all values of a document with their parts of the schema.
fn describe<'a>(root: &'a Value, document: &Value) -> Vec<Described<'a>> {
    let mut all = Vec::new();
    let mut rest = vec![(String::new(), String::new())];
    while let Some((value, place)) = rest.pop() {
        let at = document.pointer(&value).unwrap();
        let place = resolved(root, &place, at);
        let Some(schema) = root.pointer(&place) else {
            continue;
        };
        match at {
            Value::Object(object) => {
                for key in object.keys() {
                    let escaped = key.replace('~', "~0").replace('/', "~1");
                    let below = match schema["properties"].get(key) {
                        Some(_) => format!("{place}/properties/{key}"),
                        None => format!("{place}/additionalProperties"),
                    };
                    rest.push((format!("{value}/{escaped}"), below));
                }
            }
            Value::Array(items) => {
                for index in 0..items.len() {
                    rest.push((format!("{value}/{index}"), format!("{place}/items")));
                }
            }
            _ => {}
        }
        all.push(Described {
            value,
            schema,
            place,
        });
    }
    all
}

/// Follows references, and chooses the form of the value's type.
fn resolved(root: &Value, place: &str, value: &Value) -> String {
    let Some(schema) = root.pointer(place) else {
        return place.to_owned();
    };
    if let Some(reference) = schema["$ref"].as_str() {
        return resolved(root, reference.strip_prefix('#').unwrap(), value);
    }
    let Some(choices) = schema["anyOf"].as_array() else {
        return place.to_owned();
    };
    let places =
        (0..choices.len()).map(|index| resolved(root, &format!("{place}/anyOf/{index}"), value));
    let mut fitting = places.filter(|place| has_type(root.pointer(place).unwrap(), value));
    fitting
        .next()
        .unwrap_or_else(|| panic!("no form of {place} fits {value}"))
}

fn has_type(schema: &Value, value: &Value) -> bool {
    let of_value = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_word = |words: &Value| words.as_array().is_some_and(|words| words.contains(value));
    schema["type"] == of_value || schema["const"] == *value || is_word(&schema["enum"])
}

/// Values just inside and just outside of a bound.
fn probes(name: &str, bound: &Value, value: &Value) -> (Vec<Value>, Vec<Value>) {
    let with_length = |length: usize| {
        let items = value.as_array().unwrap();
        Value::from(
            items
                .iter()
                .cycle()
                .take(length)
                .cloned()
                .collect::<Vec<_>>(),
        )
    };
    let number = || bound.as_i64().unwrap();
    match name {
        "enum" => (
            bound.as_array().unwrap().clone(),
            vec![json!("?"), json!(""), json!(1)],
        ),
        "const" => {
            let outside = if bound == true {
                json!(false)
            } else {
                json!("?")
            };
            (vec![bound.clone()], vec![outside])
        }
        "minimum" => (vec![json!(number())], vec![json!(number() - 1), json!(0.5)]),
        "maximum" => (vec![json!(number())], vec![json!(number() + 1)]),
        "minItems" => (
            vec![with_length(number() as usize)],
            vec![with_length(number() as usize - 1)],
        ),
        "maxItems" => (
            vec![with_length(number() as usize)],
            vec![with_length(number() as usize + 1)],
        ),
        // The only pattern is that of durations.
        "pattern" => {
            assert_eq!(bound, "^[0-9]+(ms|s|m|h|d)$");
            let inside = ["0ms", "1s", "5m", "2h", "31d"];
            let outside = [
                "", "1", "ms", "1 s", " 1s", "-1s", "+1s", "1w", "1.5s", "1S", "1s1s",
            ];
            (
                inside.map(Value::from).to_vec(),
                outside.map(Value::from).to_vec(),
            )
        }
        "required" => {
            let without = bound.as_array().unwrap().iter().map(|key| {
                let mut value = value.clone();
                value.as_object_mut().unwrap().remove(key.as_str().unwrap());
                value
            });
            (vec![value.clone()], without.collect())
        }
        other => panic!("no test knows the keyword `{other}` of the schema"),
    }
}

/// The keywords that set a bound. `properties` may contain fields of these names.
fn bounds_of(schema: &Value) -> Vec<(&str, &Value)> {
    const OTHERS: [&str; 10] = [
        "$defs",
        "$ref",
        "$schema",
        "additionalProperties",
        "anyOf",
        "description",
        "items",
        "properties",
        "title",
        "type",
    ];
    let keywords = schema.as_object().into_iter().flatten();
    let keywords = keywords.map(|(name, bound)| (name.as_str(), bound));
    keywords
        .filter(|(name, _)| !OTHERS.contains(name))
        .collect()
}

/// The places of all bounds of a part of the schema.
fn places(schema: &Value, place: &str, all: &mut BTreeSet<String>) {
    all.extend(
        bounds_of(schema)
            .iter()
            .map(|(name, _)| format!("{place}/{name}")),
    );
    for key in ["properties", "$defs"] {
        for (name, below) in schema[key].as_object().into_iter().flatten() {
            places(below, &format!("{place}/{key}/{name}"), all);
        }
    }
    for key in ["items", "additionalProperties"] {
        if schema[key].is_object() {
            places(&schema[key], &format!("{place}/{key}"), all);
        }
    }
    for (index, choice) in schema["anyOf"].as_array().into_iter().flatten().enumerate() {
        places(choice, &format!("{place}/anyOf/{index}"), all);
    }
}

#[test]
fn the_parser_accepts_what_is_just_inside_a_bound_of_the_schema_and_nothing_outside() {
    let root = schema();
    let mut unprobed = BTreeSet::new();
    places(&root, "", &mut unprobed);
    let count = unprobed.len();
    assert!(count > 70, "{count}");
    let mut refused_inside = BTreeSet::new();
    let mut accepted_inside = BTreeSet::new();
    for document in documents() {
        let parsed = document.to_string().parse::<Scenario>();
        assert!(parsed.is_ok(), "{}", parsed.unwrap_err());
        for Described {
            value,
            schema,
            place,
        } in describe(&root, &document)
        {
            for (name, bound) in bounds_of(schema) {
                unprobed.remove(&format!("{place}/{name}"));
                let (inside, outside) = probes(name, bound, document.pointer(&value).unwrap());
                let parse = |probe: &Value| {
                    let mut changed = document.clone();
                    *changed.pointer_mut(&value).unwrap() = probe.clone();
                    changed.to_string().parse::<Scenario>()
                };
                for probe in inside {
                    let case = format!("{place}/{name}: {probe}");
                    match parse(&probe) {
                        Ok(_) => accepted_inside.insert(case),
                        Err(error) => refused_inside.insert(format!("{case}\n  {error}")),
                    };
                }
                for probe in outside {
                    assert!(parse(&probe).is_err(), "{value}: {place}/{name}: {probe}");
                }
            }
        }
    }
    refused_inside.retain(|case| !accepted_inside.contains(case.lines().next().unwrap()));
    assert!(refused_inside.is_empty(), "{refused_inside:#?}");
    assert!(
        unprobed.is_empty(),
        "no document has a value for {unprobed:#?}"
    );
}

#[test]
fn the_schema_of_worlds_is_part_of_the_schema_of_scenarios() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/schema/world.json");
    let world: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let reference = world["$ref"].as_str().unwrap();
    assert!(reference.ends_with("#/$defs/world"), "{reference}");
    assert_eq!(bounds_of(&world), []);
}
