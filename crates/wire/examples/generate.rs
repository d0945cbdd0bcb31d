//! Writes the page's TypeScript types: `cargo xtask generate`.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::fmt::Write;

use ts_rs::{Config, TS, TypeVisitor};

/// Collects a type and all that it is made of.
struct Collector<'config> {
    config: &'config Config,
    seen: Vec<TypeId>,
    declared: BTreeMap<String, String>,
}

impl TypeVisitor for Collector<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        let id = TypeId::of::<T>();
        if self.seen.contains(&id) {
            return;
        }
        self.seen.push(id);
        T::visit_dependencies(self);
        T::visit_generics(self);
        if T::output_path().is_some() {
            let mut declaration = String::new();
            if let Some(docs) = T::docs() {
                declaration.push_str(&docs);
            }
            declaration.push_str("export ");
            declaration.push_str(&T::decl(self.config));
            self.declared.insert(T::ident(self.config), declaration);
        }
    }
}

/// Comments of one sentence in one line each, and no space at the ends of lines.
fn in_few_lines(declaration: &str) -> String {
    let mut out = String::new();
    let mut comment: Option<Vec<&str>> = None;
    for line in declaration.lines().map(str::trim_end) {
        match (&mut comment, line) {
            (None, "/**") => comment = Some(Vec::new()),
            (Some(said), " */") => {
                out.push_str("/** ");
                out.push_str(&said.join(" "));
                out.push_str(" */\n");
                comment = None;
            }
            (Some(said), line) => said.push(line.trim_start_matches([' ', '*'])),
            (None, line) => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out.truncate(out.trim_end().len());
    out
}

macro_rules! collect {
    ($collector:ident: $($type:ty),+ $(,)?) => { $( $collector.visit::<$type>(); )+ };
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    use wire::{agent, error, event, rest, shapes, web};
    let config = Config::new().with_large_int("number");
    let mut types = Collector {
        config: &config,
        seen: Vec::new(),
        declared: BTreeMap::new(),
    };
    collect!(types:
        error::ErrorBody,
        event::EventBatch,
        shapes::Job, shapes::Attempt, shapes::EventPage, shapes::Artifact, shapes::StepPage, shapes::HitPage,
        shapes::Robot, shapes::Version, shapes::CheckResult, shapes::PlayForm,
        shapes::Agent, shapes::Pairing, shapes::Enrolment,
        shapes::Me, shapes::Session, shapes::Token, shapes::User, shapes::Invite, shapes::AuditEntry,
        agent::Goodbye,
        web::Play, web::Watch, web::WatchAnswer, web::JobAnswer, web::Behind,
        web::JobPush, web::RobotPush, web::AgentPush, web::PairingPush,
        rest::SetUp, rest::SignIn, rest::PatchMe, rest::CreateRobot, rest::PatchRobot,
        rest::CancelJob, rest::Retry, rest::PatchAgent, rest::CreateEnrolment, rest::CreateToken,
        rest::CreateJob, rest::DeniedFrom, rest::PatchUser, rest::CreateInvite, rest::AcceptInvite,
    );
    // The two `join`s have one name; the page knows only its own.
    types.visit::<web::JoinAnswer>();
    let mut out = String::from(
        "// Generated from crates/wire by `cargo xtask generate`. Do not edit.\n\
         // The shapes of docs/WIRE.md. An absent value is left out, never null.\n\n\
         /** The value of a parameter, of the JSON type of its declaration. */\n\
         export type Value = string | number | boolean;\n\
         /** A value that was entered. */\n\
         export type PlayValue = { name: string, value: Value };\n\
         /** Whether something may be done, or why not. */\n\
         export type Allowed = true | { no: string };\n\
         /** A page of a list, newest first. */\n\
         export type List<T> = { items: T[], nextCursor?: string };\n",
    );
    for declaration in types.declared.values() {
        writeln!(out, "{}", in_few_lines(declaration))?;
    }
    let target =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/wire/generated.ts");
    std::fs::create_dir_all(target.parent().ok_or("the target has a folder")?)?;
    std::fs::write(target, out)?;
    Ok(())
}
