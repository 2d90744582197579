//! The tags that the events describe.

use std::collections::BTreeMap;

use mock_swr::{Event, EventKind};

use super::Target;

/// The digest of each tag of each repository that has tags.
pub(super) type Tags = BTreeMap<Target, BTreeMap<String, String>>;

/// A manifest that arrived at a repository.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Arrival {
    pub(super) target: Target,
    pub(super) tag: Option<String>,
    pub(super) digest: String,
}

/// The end of a job: the source, the tag, where it was to be copied, and the last state.
pub(super) type JobEnd = (Target, String, String, String);

/// Follows the events of one step.
pub(super) struct Replay<'a> {
    tags: &'a mut Tags,
    /// What the client pushed in this step, in reverse order.
    pushed: Vec<Arrival>,
    /// What arrived for a job whose end has not followed yet.
    arrived: Option<Arrival>,
    pub(super) arrivals: Vec<Arrival>,
    pub(super) triggered: Vec<Arrival>,
    pub(super) ended: Vec<JobEnd>,
}

impl Replay<'_> {
    pub(super) fn new(tags: &mut Tags, mut pushed: Vec<Arrival>) -> Replay<'_> {
        pushed.reverse();
        Replay {
            tags,
            pushed,
            arrived: None,
            arrivals: Vec::new(),
            triggered: Vec::new(),
            ended: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, event: &Event) {
        let target = Target::find(&event.region, &event.repo).unwrap();
        match event.kind {
            EventKind::Pushed => self.push(target, event),
            EventKind::Triggered => self.triggered.push(arrival(target, event)),
            EventKind::Deleted | EventKind::Retained => self.delete(target, event),
            EventKind::Synced => self.end_job(target, event),
            other => panic!("unexpected event {other:?}"),
        }
    }

    /// Asserts that each push of the client had its event, and that each arrival belongs to a job that ended.
    pub(super) fn finish(&self) {
        assert_eq!(self.pushed, [], "pushes without an event");
        assert_eq!(self.arrived, None, "an arrival without the end of a job");
    }

    fn push(&mut self, target: Target, event: &Event) {
        let arrival = arrival(target, event);
        if self.pushed.last() == Some(&arrival) {
            self.pushed.pop();
        } else {
            let tag = arrival.tag.as_deref().unwrap();
            assert_ne!(
                self.digest(target, tag),
                Some(&arrival.digest),
                "no change: {event}"
            );
            assert_eq!(self.arrived, None, "two arrivals for one job: {event}");
            self.arrived = Some(arrival.clone());
        }
        if let Some(tag) = &arrival.tag {
            let tags = self.tags.entry(target).or_default();
            tags.insert(tag.clone(), arrival.digest.clone());
        }
        self.arrivals.push(arrival);
    }

    fn delete(&mut self, target: Target, event: &Event) {
        let tags = self.tags.entry(target).or_default();
        match (&event.tag, &event.digest) {
            (Some(tag), digest) => assert_eq!(tags.remove(tag), *digest, "{event}"),
            (None, Some(digest)) => tags.retain(|_, known| known != digest),
            (None, None) => tags.clear(),
        }
        self.tags.retain(|_, tags| !tags.is_empty());
    }

    fn end_job(&mut self, source: Target, event: &Event) {
        let tag = event.tag.clone().unwrap();
        let state = event.result.clone().unwrap();
        let name = event.target_repo.as_deref().unwrap();
        let region = event.target_region.as_deref().unwrap();
        let copied = (state == "success").then(|| Arrival {
            target: Target::find(region, name).unwrap(),
            tag: Some(tag.clone()),
            digest: event.digest.clone().unwrap(),
        });
        match (self.arrived.take(), copied) {
            (None, Some(copied)) => assert_eq!(
                self.digest(copied.target, &tag),
                Some(&copied.digest),
                "no arrival: {event}"
            ),
            (arrived, copied) => assert_eq!(arrived, copied, "{event}"),
        }
        self.ended
            .push((source, tag, format!("{name} in {region}"), state));
    }

    fn digest(&self, target: Target, tag: &str) -> Option<&String> {
        self.tags.get(&target)?.get(tag)
    }
}

fn arrival(target: Target, event: &Event) -> Arrival {
    Arrival {
        target,
        tag: event.tag.clone(),
        digest: event.digest.clone().unwrap(),
    }
}
