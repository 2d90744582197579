//! The models, and functions that decode a body by the name of its operation.

// Generated code follows the names of the API, and only its response and request models are used here.
#![allow(non_snake_case, dead_code, clippy::all)]

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

include!(concat!(env!("OUT_DIR"), "/models.rs"));

/// A JSON value after a round trip through its model.
pub(crate) enum Decoded {
    /// The operation has no model, or build.rs and Cargo.toml do not name it.
    NoModel,
    /// The value as the model encodes it again.
    Model(Value),
    /// The JSON pointer to the first value that the model rejects, and the reason.
    Failed { pointer: String, reason: String },
}

fn decode<T: Serialize + DeserializeOwned>(body: &Value) -> Decoded {
    match serde_path_to_error::deserialize::<_, T>(body) {
        Ok(model) => Decoded::Model(serde_json::to_value(model).unwrap()),
        Err(error) => Decoded::Failed {
            pointer: error.path().iter().map(pointer_segment).collect(),
            reason: error.inner().to_string(),
        },
    }
}

fn pointer_segment(segment: &Segment) -> String {
    match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    }
}
