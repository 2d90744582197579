//! Generates the models that `huawei-cloud-api-definitions-SWR` ships but does not compile.
//!
//! The crate ships one JSON definition per operation and generates its types from them with typify. Its features stop
//! at `ListInternalEndpointPermissions` in the alphabet. So most `List*`, `Show*` and `Update*` operations have a
//! definition but no module. This script generates their modules from the same definitions with the same generator. It
//! re-exports all other modules from the crate.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::{Value, json};

const CRATE: &str = "huawei-cloud-api-definitions-SWR";

/// Operations with a definition but no module. If the crate gains a module for one, name it in Cargo.toml instead.
const WITHOUT_MODULE: &[&str] = &[
    // This operation has a feature that does not compile: its definition names a type that is a plain string.
    "CreateManualImageSyncRepo",
    // This operation has a feature that does not compile: its definition has a type next to a reference.
    "ListApiVersions",
    "ListNamespaces",
    "ListQuotas",
    "ListReferences",
    "ListRepoDetails",
    "ListRepoDomains",
    "ListReposDetails",
    "ListRepositoryTag",
    "ListRepositoryTags",
    "ListRetentionHistories",
    "ListRetentions",
    "ListSharedReposDetails",
    "ListTriggersDetails",
    "ShowAccessDomain",
    "ShowApiVersion",
    "ShowDomainOverview",
    "ShowDomainResourceReports",
    "ShowNamespace",
    "ShowNamespaceAuth",
    "ShowRepository",
    "ShowRetention",
    "ShowShareFeatureGates",
    "ShowSyncJob",
    "ShowTrigger",
    "ShowUserRepositoryAuth",
    "UpdateNamespaceAuth",
    "UpdateRepo",
    "UpdateRepoDomains",
    "UpdateRetention",
    "UpdateTrigger",
    "UpdateUserRepositoryAuth",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=Cargo.lock");
    let models = find_crate();
    println!(
        "cargo::rustc-env=SWR_DEFINITIONS={}",
        models.sources.display()
    );
    let out = PathBuf::from(env::var("OUT_DIR").expect("Cargo sets OUT_DIR"));

    let mut modules = String::new();
    for operation in &models.features {
        modules += &format!("pub(crate) use swr_models::{operation};\n");
    }
    for operation in WITHOUT_MODULE {
        let schema = out.join(format!("{operation}.json"));
        let definitions = without_siblings(&definition(&models.sources, operation)["definitions"]);
        let schema_text = json!({ "definitions": definitions }).to_string();
        fs::write(&schema, schema_text).expect("OUT_DIR is writable");
        modules += &format!(
            "pub(crate) mod {operation} {{ typify::import_types!(schema = {schema:?}); }}\n"
        );
    }
    modules += &functions(&models);
    fs::write(out.join("models.rs"), modules).expect("OUT_DIR is writable");
}

struct Models {
    sources: PathBuf,
    /// The operations that are enabled in Cargo.toml.
    features: Vec<String>,
}

/// Returns the path of the crate's sources and its enabled features, from `cargo metadata`.
fn find_crate() -> Models {
    let output = Command::new(env::var("CARGO").expect("Cargo sets CARGO"))
        .args(["metadata", "--format-version=1", "--locked"])
        .args([
            "--filter-platform",
            &env::var("TARGET").expect("Cargo sets TARGET"),
        ])
        .output()
        .expect("cargo metadata starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata failed: {error}");
    let metadata: Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");

    let package = elements(&metadata["packages"])
        .find(|package| package["name"] == CRATE)
        .expect("the crate is a dependency");
    let node = elements(&metadata["resolve"]["nodes"])
        .find(|node| node["id"] == package["id"])
        .expect("a dependency is resolved");
    let manifest = Path::new(
        package["manifest_path"]
            .as_str()
            .expect("a path is a string"),
    );
    Models {
        sources: manifest.with_file_name("src"),
        features: elements(&node["features"])
            .filter_map(|feature| feature.as_str().map(str::to_owned))
            .collect(),
    }
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn definition(sources: &Path, operation: &str) -> Value {
    let file = sources.join(format!("{operation}.json"));
    let text =
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Removes the keys next to a `$ref`, which JSON Schema ignores and typify rejects.
fn without_siblings(schema: &Value) -> Value {
    match schema {
        Value::Object(object) => match object.get("$ref") {
            Some(reference) => json!({ "$ref": reference }),
            None => object
                .iter()
                .map(|(key, value)| (key.clone(), without_siblings(value)))
                .collect(),
        },
        Value::Array(values) => values.iter().map(without_siblings).collect(),
        other => other.clone(),
    }
}

/// Writes `decode_response` and `decode_request`, which choose the model by the name of the operation.
fn functions(models: &Models) -> String {
    let mut operations: Vec<String> = fs::read_dir(&models.sources)
        .expect("the sources are a directory")
        .filter_map(|entry| {
            let name = entry.expect("a directory can be read").file_name();
            Some(name.to_str()?.strip_suffix(".json")?.to_owned())
        })
        .collect();
    operations.sort();

    let has_module = |operation: &String| {
        models.features.contains(operation) || WITHOUT_MODULE.contains(&operation.as_str())
    };
    let (mut responses, mut requests) = (String::new(), String::new());
    for operation in &operations {
        let definition = definition(&models.sources, operation);
        let published = elements_of_objects(&definition["paths"]).flat_map(elements_of_objects);
        for published in published {
            let success = published["responses"]
                .as_object()
                .into_iter()
                .flatten()
                .find(|(status, _)| status.starts_with('2'));
            let response = success.and_then(|(_, response)| response.get("schema"));
            let request = elements(&published["parameters"])
                .find(|parameter| parameter["in"] == "body")
                .and_then(|parameter| parameter.get("schema"));
            let arm = |schema: &Value| {
                let model = model(operation, schema);
                let usable = has_module(operation) || !model.contains("::");
                usable.then(|| format!("        {operation:?} => decode::<{model}>(body),\n"))
            };
            responses += &response.and_then(arm).unwrap_or_default();
            requests += &request.and_then(arm).unwrap_or_default();
        }
    }
    let function = |name: &str, arms: &str| {
        format!(
            "pub(crate) fn {name}(operation: &str, body: &Value) -> Decoded {{\n    match operation {{\n{arms}        \
             _ => Decoded::NoModel,\n    }}\n}}\n"
        )
    };
    function("decode_response", &responses) + &function("decode_request", &requests)
}

fn elements_of_objects(value: &Value) -> impl Iterator<Item = &Value> {
    value
        .as_object()
        .into_iter()
        .flat_map(|object| object.values())
}

/// Returns the Rust type of a schema, such as `ListNamespaces::ShowNamespaces` or `Vec<String>`.
fn model(operation: &str, schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return format!("{operation}::{name}");
    }
    match schema["type"].as_str() {
        Some("array") => format!("Vec<{}>", model(operation, &schema["items"])),
        Some("string") => "String".to_owned(),
        _ => panic!("{operation}: no Rust type for the schema {schema}"),
    }
}
