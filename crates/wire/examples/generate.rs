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
            self.declared
                .insert(T::ident(self.config), T::decl(self.config));
        }
    }
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
        shapes::Job, shapes::Attempt, shapes::EventPage, shapes::Artifact,
        shapes::Robot, shapes::Version, shapes::CheckResult, shapes::PlayForm,
        shapes::Agent, shapes::Pairing, shapes::Enrolment,
        shapes::Me, shapes::Session, shapes::Token,
        agent::Goodbye,
        web::Play, web::Watch, web::WatchAnswer, web::JobAnswer, web::Behind,
        web::JobPush, web::RobotPush, web::AgentPush, web::PairingPush,
        rest::SetUp, rest::SignIn, rest::PatchMe, rest::CreateRobot, rest::PatchRobot,
        rest::CancelJob, rest::Retry, rest::PatchAgent, rest::CreateEnrolment, rest::CreateToken,
        rest::CreateJob, rest::DeniedFrom,
    );
    // The two `join`s have one name; the page knows only its own.
    types.visit::<web::JoinAnswer>();
    let mut out = String::from(
        "// Generated from crates/wire by `cargo xtask generate`. Do not edit.\n\
         // The shapes of docs/WIRE.md. An absent value is left out, never null.\n\n\
         /** A value that was entered. */\n\
         export type PlayValue = { name: string, value: string | number | boolean };\n\
         /** A page of a list, newest first. */\n\
         export type List<T> = { items: T[], nextCursor?: string };\n",
    );
    for declaration in types.declared.values() {
        writeln!(out, "export {declaration}")?;
    }
    let target =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/wire/generated.ts");
    std::fs::create_dir_all(target.parent().ok_or("the target has a folder")?)?;
    std::fs::write(target, out)?;
    Ok(())
}
