//! Triggers: what is deployed when a tag is pushed.
//!
//! No cluster is simulated. A trigger that matches notes a run, with the result that the test has set.

use std::sync::Arc;

use super::automation::weight_of;
use super::limits::PART;
use super::pattern::Pattern;
use super::{Caller, Permission, RepoPath, RepoState, State, TagName, UserNo};
use crate::base::clock::Time;
use crate::base::digest::Digest;
use crate::base::refusal::{Denied, Refusal};

/// A trigger of a repository.
#[derive(Debug, Clone)]
pub(crate) struct Trigger {
    pub(crate) name: Arc<str>,
    pub(crate) condition: TriggerCondition,
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) is_enabled: bool,
    pub(crate) creator: UserNo,
    pub(crate) created: Time,
    /// What the runs report from now on.
    pub(crate) outcome: RunOutcome,
    /// Oldest first.
    pub(crate) runs: Vec<TriggerRun>,
}

/// What a trigger changes, as the client wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Deployment {
    pub(crate) action: String,
    pub(crate) app_type: String,
    pub(crate) application: String,
    pub(crate) cluster_id: String,
    pub(crate) cluster_name: String,
    pub(crate) cluster_ns: String,
    pub(crate) container: String,
    pub(crate) trigger_mode: String,
}

/// The tags that a trigger runs for.
#[derive(Debug, Clone)]
pub(crate) struct TriggerCondition {
    pub(crate) kind: ConditionKind,
    /// As the client wrote it.
    pub(crate) text: Arc<str>,
}

#[derive(Debug, Clone)]
pub(crate) enum ConditionKind {
    /// Every tag, whatever the text.
    All,
    /// The tags of the text, between semicolons.
    Tag,
    Regular(Pattern),
}

/// What a run reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunOutcome {
    pub(crate) is_success: bool,
    pub(crate) detail: Arc<str>,
}

/// A run of a trigger.
#[derive(Debug, Clone)]
pub(crate) struct TriggerRun {
    pub(crate) tag: TagName,
    pub(crate) created: Time,
    pub(crate) outcome: RunOutcome,
}

impl Default for RunOutcome {
    fn default() -> RunOutcome {
        RunOutcome {
            is_success: true,
            detail: "".into(),
        }
    }
}

impl RunOutcome {
    /// As the API writes it.
    pub(crate) fn as_str(&self) -> &'static str {
        if self.is_success { "success" } else { "failed" }
    }
}

impl TriggerCondition {
    /// # Errors
    ///
    /// If the kind is unknown, or if the kind is `regular` and the text is not a regular expression.
    pub(crate) fn parse(kind: &str, text: &str) -> Result<TriggerCondition, String> {
        let kind = match kind {
            "all" => ConditionKind::All,
            "tag" => ConditionKind::Tag,
            "regular" => ConditionKind::Regular(Pattern::parse(text)?),
            _ => return Err(format!("`{kind}` is not one of all, tag, regular")),
        };
        Ok(TriggerCondition {
            kind,
            text: text.into(),
        })
    }

    /// As the API writes the kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self.kind {
            ConditionKind::All => "all",
            ConditionKind::Tag => "tag",
            ConditionKind::Regular(_) => "regular",
        }
    }

    fn matches(&self, tag: &str) -> bool {
        match &self.kind {
            ConditionKind::All => true,
            ConditionKind::Tag => self.text.split(';').any(|name| name == tag),
            ConditionKind::Regular(pattern) => pattern.matches(tag),
        }
    }
}

impl Trigger {
    pub(super) fn weight(&self) -> u64 {
        let Deployment {
            action,
            app_type,
            application,
            cluster_id,
            cluster_name,
            cluster_ns,
            container,
            trigger_mode,
        } = &*self.deployment;
        let texts = [
            action,
            app_type,
            application,
            cluster_id,
            cluster_name,
            cluster_ns,
            container,
            trigger_mode,
        ];
        let texts: usize = texts.iter().map(|text| text.len()).sum();
        let own = self.name.len() + self.condition.text.len();
        weight_of(texts + own) + PART * self.runs.len() as u64
    }
}

pub(crate) const TRIGGER_NAME_RULE: &str = "expected up to 64 of a-z A-Z 0-9 _ -, with a letter first, a letter or digit \
    last, and no doubled _ or -";

/// Whether a text can be the name of a trigger: up to 64 characters, a letter first, then letters, digits, `_` and `-`,
/// of which none is doubled or last (manual).
pub(crate) fn is_trigger_name(text: &str) -> bool {
    let is_separator = |byte: u8| byte == b'_' || byte == b'-';
    let bytes = text.as_bytes();
    let begins = bytes.first().is_some_and(u8::is_ascii_alphabetic);
    let ends = bytes.last().is_some_and(u8::is_ascii_alphanumeric);
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || is_separator(*byte);
    let is_doubled = bytes
        .windows(2)
        .any(|pair| is_separator(pair[0]) && pair[0] == pair[1]);
    begins && ends && bytes.len() <= 64 && bytes.iter().all(is_plain) && !is_doubled
}

impl State {
    /// Creates a trigger, for a caller who manages the repository.
    pub(crate) fn create_trigger(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        (name, condition): (&str, TriggerCondition),
        (deployment, is_enabled): (Deployment, bool),
    ) -> Result<(), Denied> {
        let repo = self.authorize_repo(caller, path, Permission::Manage)?;
        if repo.trigger(name).is_some() {
            // The live service says no more.
            return Err(Denied::from(Refusal::TriggerExists)
                .hint(format!("`{}` has a trigger `{name}`", path.full())));
        }
        self.check_weight()?;
        let trigger = Trigger {
            name: name.into(),
            condition,
            deployment: Arc::new(deployment),
            is_enabled,
            creator: caller.user,
            created: self.clock.now(),
            outcome: RunOutcome::default(),
            runs: Vec::new(),
        };
        self.put_trigger(path, trigger);
        Ok(())
    }

    /// The triggers of a repository, in order of creation.
    pub(crate) fn triggers(
        &self,
        caller: &Caller,
        path: &RepoPath<'_>,
    ) -> Result<&[Trigger], Denied> {
        let repo = self.authorize_repo(caller, path, Permission::Read)?;
        Ok(&repo.automation.triggers)
    }

    pub(crate) fn trigger(
        &self,
        caller: &Caller,
        path: &RepoPath<'_>,
        name: &str,
    ) -> Result<&Trigger, Denied> {
        let repo = self.authorize_repo(caller, path, Permission::Read)?;
        repo.trigger(name)
            .ok_or_else(|| no_such_trigger(repo, name))
    }

    /// Switches a trigger on or off. Nothing else of it can be changed.
    pub(crate) fn update_trigger(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        name: &str,
        is_enabled: bool,
    ) -> Result<(), Denied> {
        let place = self.place_of_trigger(caller, path, name)?;
        self.alter_automation(path, |automation| {
            automation.triggers[place].is_enabled = is_enabled;
        });
        Ok(())
    }

    /// Deletes a trigger with its history.
    pub(crate) fn delete_trigger(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        name: &str,
    ) -> Result<(), Denied> {
        let place = self.place_of_trigger(caller, path, name)?;
        self.alter_automation(path, |automation| automation.triggers.remove(place));
        Ok(())
    }

    /// Adds a trigger, or replaces the one of its name, bypassing permissions.
    pub(crate) fn put_trigger(&mut self, path: &RepoPath<'_>, trigger: Trigger) {
        self.alter_automation(path, |automation| {
            let triggers = &mut automation.triggers;
            match triggers.iter_mut().find(|known| known.name == trigger.name) {
                Some(known) => *known = trigger,
                None => triggers.push(trigger),
            }
        });
    }

    fn place_of_trigger(
        &self,
        caller: &Caller,
        path: &RepoPath<'_>,
        name: &str,
    ) -> Result<usize, Denied> {
        let repo = self.authorize_repo(caller, path, Permission::Manage)?;
        let mut triggers = repo.automation.triggers.iter();
        let place = triggers.position(|trigger| *trigger.name == *name);
        place.ok_or_else(|| no_such_trigger(repo, name))
    }

    /// Runs the triggers whose condition a pushed tag meets.
    pub(super) fn run_triggers(&mut self, path: &RepoPath<'_>, tag: &TagName, digest: &Digest) {
        let Some(repo) = self.repo(path) else { return };
        let runs =
            |trigger: &Trigger| trigger.is_enabled && trigger.condition.matches(tag.as_str());
        if !repo.automation.triggers.iter().any(runs) {
            return;
        }
        let now = self.clock.now();
        let mut outcomes = Vec::new();
        self.alter_automation(path, |automation| {
            for trigger in automation
                .triggers
                .iter_mut()
                .filter(|trigger| runs(trigger))
            {
                outcomes.push((Arc::clone(&trigger.name), trigger.outcome.clone()));
                trigger.runs.push(TriggerRun {
                    tag: tag.clone(),
                    created: now,
                    outcome: trigger.outcome.clone(),
                });
            }
        });
        for (name, outcome) in outcomes {
            let event = (tag.as_str(), digest.as_str());
            self.note_triggered(path, event, (&name, &outcome));
        }
    }
}

impl RepoState {
    pub(crate) fn trigger(&self, name: &str) -> Option<&Trigger> {
        let mut triggers = self.automation.triggers.iter();
        triggers.find(|trigger| *trigger.name == *name)
    }
}

fn no_such_trigger(repo: &RepoState, name: &str) -> Denied {
    let triggers = repo.automation.triggers.iter().take(8);
    let known: Vec<&str> = triggers.map(|trigger| &*trigger.name).collect();
    let known = if known.is_empty() {
        "it has no triggers".to_owned()
    } else {
        format!("its triggers: {}", known.join(", "))
    };
    Denied::from(Refusal::TriggerNotFound).hint(format!(
        "there is no trigger `{name}` in repository `{}`; {known}",
        repo.full_name()
    ))
}
