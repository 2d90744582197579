//! The files of a layout.

use std::path::Path;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::index::Index;
use crate::json;
use crate::state::Digest;
use crate::world::read_file;

/// The folder of a layout.
pub(super) struct Files<'a> {
    dir: &'a Path,
}

/// The file `oci-layout`.
#[derive(Deserialize)]
#[serde(
    rename_all = "camelCase",
    expecting = "an object with imageLayoutVersion"
)]
struct Marker {
    image_layout_version: String,
}

/// The only version that there is.
const VERSION: &str = "1.0.0";

impl<'a> Files<'a> {
    /// A folder that says it is a layout, of a version that is known.
    pub(super) fn open(dir: &'a Path) -> Result<Files<'a>, String> {
        if dir.is_file() {
            return Err(
                "it is a file, where the folder of a layout is expected: unpack the archive with `tar -xf`"
                    .to_owned(),
            );
        }
        let files = Files { dir };
        files
            .check_version()
            .map_err(|reason| format!("oci-layout: {reason}"))?;
        Ok(files)
    }

    fn check_version(&self) -> Result<(), String> {
        let bytes = read_file(&self.dir.join("oci-layout"))?;
        let value: Value =
            serde_json::from_slice(&bytes).map_err(|error| format!("it is no JSON: {error}"))?;
        let marker: Marker = json::read(&value).map_err(|wrong| wrong.to_string())?;
        if marker.image_layout_version == VERSION {
            return Ok(());
        }
        let version = marker.image_layout_version;
        Err(format!(
            "imageLayoutVersion must be {VERSION}, not {version}"
        ))
    }

    pub(super) fn read_index(&self) -> Result<Index, String> {
        Index::of_layout(&read_file(&self.dir.join("index.json"))?)
    }

    /// A blob, which must be what its digest and its descriptor say.
    pub(super) fn blob(&self, digest: &Digest, size: u64) -> Result<Bytes, String> {
        let name = name(digest);
        let bytes = read_file(&self.dir.join(&name));
        let bytes = Bytes::from(bytes.map_err(|reason| format!("{name}: {reason}"))?);
        if Digest::of(digest.algorithm(), std::slice::from_ref(&bytes)) != *digest {
            return Err(format!("{name} is not what its name says"));
        }
        if bytes.len() as u64 != size {
            let real = bytes.len();
            return Err(format!(
                "{name} has {real} bytes, and its descriptor says {size}"
            ));
        }
        Ok(bytes)
    }

    pub(super) fn has(&self, digest: &str) -> bool {
        Digest::parse(digest).is_ok_and(|digest| self.dir.join(name(&digest)).exists())
    }

    /// A blob for a first look: nothing if it cannot be read.
    pub(super) fn json(&self, digest: &str) -> Option<Value> {
        let digest = Digest::parse(digest).ok()?;
        let bytes = read_file(&self.dir.join(name(&digest))).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// An index in the blobs for a first look: nothing if it cannot be read.
    pub(super) fn index(&self, digest: &str) -> Option<Index> {
        json::read(&self.json(digest)?).ok()
    }
}

fn name(digest: &Digest) -> String {
    format!("blobs/{}", digest.as_str().replace(':', "/"))
}
