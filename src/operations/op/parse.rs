//! Finding an operation by its name.

use std::fmt;
use std::str::FromStr;

use super::Op;
use crate::base::suggest::{most_similar_to_short, suggestion};

impl FromStr for Op {
    type Err = UnknownOp;

    fn from_str(name: &str) -> Result<Op, UnknownOp> {
        let op = Op::ALL.iter().find(|op| op.name() == name);
        op.copied().ok_or_else(|| UnknownOp {
            name: name.to_owned(),
            similar: similar_to(name),
        })
    }
}

/// The name of an operation that is similar to this one.
fn similar_to(name: &str) -> Option<&'static str> {
    let names = Op::ALL.iter().map(|op| op.name());
    // Finds `ListReposDetails` for `ListRepos`, and `CreateRepo` for `CreateRepository`.
    let is_stem = |op: &&str| op.starts_with(name) || name.starts_with(op);
    let stem = most_similar_to_short(names.clone().filter(is_stem), name, 0.0);
    stem.or_else(|| most_similar_to_short(names, name, 0.6))
}

/// The error of a name that is not the name of an operation. It suggests a similar name.
///
/// ```
/// use mock_swr::Op;
///
/// let error = "CreateRepository".parse::<Op>().unwrap_err();
/// assert_eq!(error.to_string(), "`CreateRepository` is not an operation; did you mean `CreateRepo`?");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownOp {
    name: String,
    similar: Option<&'static str>,
}

impl fmt::Display for UnknownOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suggestion = suggestion(self.similar);
        write!(f, "`{}` is not an operation{suggestion}", self.name)
    }
}

impl std::error::Error for UnknownOp {}
