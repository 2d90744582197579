//! What tests exercised: the responses of each operation, counted by server and written to a folder.
//!
//! - this module: counts the responses of one server
//! - [`own_file`]: the file that one server writes
//! - [`file`]: the format of the file
//! - [`report`]: all files of a folder, compared with the responses that are possible

mod file;
mod own_file;
pub(crate) mod report;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use parking_lot::Mutex;

use crate::base::refusal::Refusal;
use crate::engine::answer::{Answer, AnswerKind, Break, Change, Extent};
use crate::operations::op::Op;
use own_file::OwnFile;

/// The responses of one server, counted. Each kind of response has one entry, so the table stays small.
#[derive(Debug)]
pub(crate) struct Recorder {
    counts: Mutex<BTreeMap<Met, u64>>,
    file: Mutex<OwnFile>,
}

/// A kind of response that the server decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Met {
    /// `None` for an unmatched request.
    pub(crate) op: Option<Op>,
    /// `None` if no complete status line was sent.
    pub(crate) status: Option<u16>,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) part: Part,
}

/// The part of a plan in a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// None: the response is that of the service. The plan, if there is one, only delays it or sets headers.
    Service,
    /// The response is planned, or a closure of the test changed it.
    Planned,
    /// The client did not receive a whole, valid response.
    Fault(Fault),
}

/// A kind of planned fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    Raw,
    Close,
    Reset,
    ResetAfterReading,
    Lost,
    ResetAfter,
    CloseAfter,
    StallAfter,
    Corrupt,
}

impl Recorder {
    /// Creates the folder, and reserves a file for the server with this port.
    pub(crate) fn create(folder: &Path, port: &str) -> io::Result<Recorder> {
        Ok(Recorder {
            counts: Mutex::default(),
            file: Mutex::new(OwnFile::reserve(folder, port)?),
        })
    }

    pub(crate) fn count(&self, met: Met) {
        *self.counts.lock().entry(met).or_default() += 1;
    }

    /// Writes the counts so far. Returns what is wrong if that fails.
    pub(crate) fn write(&self) -> Result<(), String> {
        // Locked first, so that the last of two writers writes the newest counts.
        let file = self.file.lock();
        let text = file::to_json(&self.counts.lock());
        file.write(&text).map_err(|error| {
            format!("mock-swr: cannot write the coverage of this server to {file}: {error}")
        })
    }
}

impl Part {
    /// The part of this planned answer.
    pub(crate) fn of(answer: &Answer) -> Part {
        if let Some(fault) = Fault::of(answer) {
            return Part::Fault(fault);
        }
        let is_changed = || {
            let mut changes = answer.changes.iter();
            changes.any(|change| matches!(change, Change::Map(_)))
        };
        match answer.kind {
            AnswerKind::Real if !is_changed() => Part::Service,
            _ => Part::Planned,
        }
    }
}

impl Fault {
    const ALL: [Fault; 9] = [
        Fault::Raw,
        Fault::Close,
        Fault::Reset,
        Fault::ResetAfterReading,
        Fault::Lost,
        Fault::ResetAfter,
        Fault::CloseAfter,
        Fault::StallAfter,
        Fault::Corrupt,
    ];

    fn of(answer: &Answer) -> Option<Fault> {
        match answer.kind {
            AnswerKind::Raw(_) => return Some(Fault::Raw),
            AnswerKind::Close => return Some(Fault::Close),
            AnswerKind::Reset => return Some(Fault::Reset),
            AnswerKind::ResetAfterReading(_) => return Some(Fault::ResetAfterReading),
            AnswerKind::Real
            | AnswerKind::Status(_)
            | AnswerKind::Refusal(_)
            | AnswerKind::Code(_)
            | AnswerKind::Json(..)
            | AnswerKind::Http(_)
            | AnswerKind::With(_) => {}
        }
        match answer.delivery.end {
            Extent::Lost => Some(Fault::Lost),
            Extent::After(_, Break::Reset) => Some(Fault::ResetAfter),
            Extent::After(_, Break::Close) => Some(Fault::CloseAfter),
            Extent::After(_, Break::Stall) => Some(Fault::StallAfter),
            Extent::Whole => answer.delivery.corrupt.then_some(Fault::Corrupt),
        }
    }

    /// The method of [`Answer`] that plans the fault.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Fault::Raw => "raw",
            Fault::Close => "close",
            Fault::Reset => "reset",
            Fault::ResetAfterReading => "reset_after_reading",
            Fault::Lost => "lost",
            Fault::ResetAfter => "reset_after",
            Fault::CloseAfter => "close_after",
            Fault::StallAfter => "stall_after",
            Fault::Corrupt => "corrupt",
        }
    }
}
