//! From the format of a scenario file to planned answers.

use super::file::AnswerFile;
use super::read::is_set;
use crate::base::codes;
use crate::base::refusal::Refusal;
use crate::base::times::parse_duration;
use crate::engine::answer::answers::Step;
use crate::engine::answer::{Answer, AnswerKind};
use crate::fixtures::error::{Within, WorldFault};
use crate::fixtures::forms::NumberOr;

/// A method of [`Answer`] that breaks the response: its name, after how many bytes, and the method.
type BreakAfter = (&'static str, Option<u64>, fn(Answer, u64) -> Answer);

fn read_status(status: u64) -> Result<u16, String> {
    let valid = u16::try_from(status).ok();
    let valid = valid.filter(|status| (200..=999).contains(status));
    valid
        .ok_or_else(|| format!("{status} is not a valid status of a response: expected 200 to 999"))
}

pub(super) fn read_answer(answer: NumberOr<AnswerFile>) -> Result<Step, WorldFault> {
    let once = |kind| Step {
        answer: Answer::of(kind),
        times: Some(1),
    };
    match answer {
        NumberOr::Number(status) => Ok(once(AnswerKind::Status(read_status(status)?))),
        NumberOr::Text(name) => Ok(once(AnswerKind::Refusal(Refusal::parse(&name)?))),
        NumberOr::Full(answer) => answer.read(),
    }
}

impl AnswerFile {
    fn read(self) -> Result<Step, WorldFault> {
        let times = match &self.times {
            None => Some(1),
            Some(NumberOr::Text(text)) if text == "always" => None,
            Some(NumberOr::Number(0)) => {
                return Err("expected a number from 1 or `always`, got 0".to_owned())
                    .within("times");
            }
            Some(NumberOr::Number(count)) => Some(usize::try_from(*count).unwrap_or(usize::MAX)),
            Some(_) => return Err("expected a number or `always`".to_owned()).within("times"),
        };
        let answer = self.read_kind()?;
        let answer = self.read_delivery(answer)?;
        Ok(Step { answer, times })
    }

    /// What the client gets, if nothing changes it.
    fn read_kind(&self) -> Result<Answer, WorldFault> {
        let mut kinds = Vec::new();
        if let Some(name) = &self.refusal {
            kinds.push(AnswerKind::Refusal(Refusal::parse(name).within("refusal")?));
        }
        if let Some(status) = self.status {
            let status = read_status(status).within("status")?;
            kinds.push(match &self.json {
                Some(body) => AnswerKind::Json(status, body.clone()),
                None => AnswerKind::Status(status),
            });
        } else if self.json.is_some() {
            return Err("`json` is the body of a `status`".to_owned()).within("json");
        }
        if let Some(code) = &self.code {
            let known = codes::find(code).ok_or_else(|| {
                let nearest = codes::nearest(code);
                format!("`{code}` is not a documented error code; {nearest}")
            });
            kinds.push(AnswerKind::Code(known.within("code")?));
        }
        if is_set("real", self.real)? {
            kinds.push(AnswerKind::Real);
        }
        if is_set("reset", self.reset)? {
            kinds.push(AnswerKind::Reset);
        }
        if is_set("close", self.close)? {
            kinds.push(AnswerKind::Close);
        }
        if let Some(bytes) = &self.raw {
            kinds.push(AnswerKind::Raw(bytes.clone().into()));
        }
        if let Some(bytes) = self.reset_after_reading {
            kinds.push(AnswerKind::ResetAfterReading(bytes));
        }
        match (kinds.pop(), kinds.is_empty()) {
            (Some(kind), true) => Ok(Answer::of(kind)),
            _ => Err(WorldFault::from(
                "expected one of `refusal`, `status`, `code`, `real`, `reset`, `close`, `raw` and \
                 `reset_after_reading`"
                    .to_owned(),
            )),
        }
    }

    /// Adds what changes the response or its delivery.
    fn read_delivery(self, mut answer: Answer) -> Result<Answer, WorldFault> {
        for (name, value) in &self.header {
            let with = answer.with_header(name, value);
            answer = with.within(name).within("header")?;
        }
        if let Some(text) = self.delay {
            answer = answer.delay(parse_duration(&text).within("delay")?);
        }
        let ends = [
            self.lost.is_some(),
            self.reset_after.is_some(),
            self.close_after.is_some(),
            self.stall_after.is_some(),
        ];
        if ends.iter().filter(|is_set| **is_set).count() > 1 {
            return Err(WorldFault::from(
                "expected at most one of `lost`, `reset_after`, `close_after` and `stall_after`"
                    .to_owned(),
            ));
        }
        let breaks: [BreakAfter; 3] = [
            ("reset_after", self.reset_after, Answer::reset_after),
            ("close_after", self.close_after, Answer::close_after),
            ("stall_after", self.stall_after, Answer::stall_after),
        ];
        for (name, bytes, apply) in breaks {
            if let Some(bytes) = bytes {
                answer.can_send(name).within(name)?;
                answer = apply(answer, bytes);
            }
        }
        if let Some(dribble) = self.dribble {
            answer.can_send("dribble").within("dribble")?;
            let every = parse_duration(&dribble.every);
            let every = every.within("every").within("dribble")?;
            if dribble.bytes == 0 {
                let reason = "expected pieces of at least 1 byte";
                return Err(reason.to_owned()).within("bytes").within("dribble");
            }
            answer = answer.dribble(dribble.bytes, every);
        }
        if is_set("corrupt", self.corrupt)? {
            answer.can_send("corrupt").within("corrupt")?;
            answer = answer.corrupt();
        }
        if is_set("lost", self.lost)? {
            answer.can_send("lost").within("lost")?;
            answer = answer.lost();
        }
        Ok(answer)
    }
}
