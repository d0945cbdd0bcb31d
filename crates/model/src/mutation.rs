//! Deliberate mistakes, each at the rule that it breaks: so that whoever claims to find mistakes
//! can be shown to find them.
//!
//! Without the feature `mutations` (its default, and so in both programs) [`active`] is a constant
//! `false`, and what stands behind it is compiled away. Only the tests of `simulation` switch the
//! feature on, as a dev-dependency, which `cargo xtask tidy` holds; there a mistake is made on the
//! calling thread alone, for as long as [`with`] lasts.

macro_rules! mistakes {
    ($($(#[$about:meta])+ $name:ident,)+) => {
        /// A deliberate mistake.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mutation {
            $($(#[$about])+ $name,)+
        }

        impl Mutation {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}

mistakes! {
    /// An offer is confirmed before its record is synced.
    NoSyncBeforeConfirm,
    /// A robot is started before its `confirm` was answered.
    StartBeforeConfirmed,
    /// A robot is started before the record of its start is synced.
    NoSyncedRunning,
    /// A supervisor starts its robot although one was started in its place before.
    StartedAgain,
    /// The number of an attempt is not looked at.
    AttemptUnchecked,
    /// The number of a connection is not looked at.
    ConnectionUnchecked,
    /// An offer that went back gives its number to the next one.
    OfferNumbersReused,
    /// An offer is confirmed although its time is over.
    ExpiryUnchecked,
    /// Events are acknowledged that are not stored.
    AcknowledgedUnstored,
    /// Events are sent that are not synced.
    SentUnsynced,
    /// That the server has more events than the disk is not noticed.
    DiskLossUnnoticed,
    /// Events are dropped from the disk when they are sent.
    TrimmedWhenSent,
    /// What could not be written leaves no gap.
    GapUnmarked,
    /// Events that are stored are stored again.
    DuplicatesStored,
    /// An end is told before the events that come before it.
    ToldTooEarly,
    /// An end is accepted before the events that come before it.
    MissingUnchecked,
    /// What an agent says that it holds is not compared with what it should hold.
    HoldingIgnored,
    /// Another process of the same agent is taken for the one that confirmed.
    InstanceIgnored,
    /// What is reported late decides about the job.
    LateFinishWins,
    /// What is reported late is refused.
    LateFinishRefused,
    /// A lost attempt is given up although its agent was heard meanwhile.
    SweepUnconditional,
    /// Silence counts that nobody could hear.
    DeafSilenceCounts,
    /// A request for the end is told once, and not again after a lost connection.
    CancelNotRepeated,
    /// An attempt that is lost after its end was asked for is followed by another.
    CancelForgottenWhenLost,
    /// A request for the end ends the job whatever its robot does.
    CancelUnconditional,
    /// A lost attempt is followed by another, whatever its robot's owner said.
    LostAlwaysRepeats,
    /// The same request is another job each time.
    RequestIgnored,
    /// A play is answered although it could not be written.
    PlayUnwritten,
    /// What an agent holds already does not count against its slots.
    SlotsUncounted,
    /// An agent asks for as many jobs as it has slots, whatever it holds.
    ClaimsAllSlots,
}

/// Whether that mistake is made here and now.
#[cfg(not(feature = "mutations"))]
#[must_use]
#[inline]
pub const fn active(_mutation: Mutation) -> bool {
    false
}

#[cfg(feature = "mutations")]
pub use switched::{active, with};

#[cfg(feature = "mutations")]
mod switched {
    use std::cell::Cell;

    use super::Mutation;

    thread_local! {
        static MADE: Cell<&'static [Mutation]> = const { Cell::new(&[]) };
    }

    /// Whether that mistake is made here and now.
    #[must_use]
    pub fn active(mutation: Mutation) -> bool {
        MADE.get().contains(&mutation)
    }

    /// Makes these mistakes on this thread while `act` is carried out.
    pub fn with<Answer>(made: &'static [Mutation], act: impl FnOnce() -> Answer) -> Answer {
        struct Restore(&'static [Mutation]);
        impl Drop for Restore {
            fn drop(&mut self) {
                MADE.set(self.0);
            }
        }
        let _restore = Restore(MADE.replace(made));
        act()
    }
}
