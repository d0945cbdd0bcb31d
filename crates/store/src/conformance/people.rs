//! Accounts, sessions, links, tokens.

use std::sync::Arc;
use std::time::Duration;

use model::{Role, SessionId, Sha256, UserId};

use super::given::{HOUR, World, at_once, name};
use crate::Store;
use crate::people::{
    Invite, InviteTaken, Link, LinkOpens, LinkTaken, NewSession, Scope, Session, SetUp, Token,
    User, UserCreated, UserPatch, UserRow,
};

pub(super) async fn the_first_account_is_made_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let token = setup_link(&world).await;
    assert!(!world.store.any_user().await.unwrap());
    let user = new_user(&world, "anna@example.org");
    let unknown = world
        .store
        .set_up(world.digest(), user.clone(), world.now());
    assert_eq!(unknown.await.unwrap(), SetUp::LinkUnknown);

    let done = world.store.set_up(token, user.clone(), world.now()).await;

    assert_eq!(done.unwrap(), SetUp::Done(user.clone()));
    assert!(world.store.any_user().await.unwrap());
    // The same call again is the same account, any other is not.
    let again = world.store.set_up(token, user.clone(), world.now()).await;
    assert_eq!(again.unwrap(), SetUp::Done(user.clone()));
    let other = new_user(&world, "eve@example.org");
    let used = world.store.set_up(token, other.clone(), world.now()).await;
    assert_eq!(used.unwrap(), SetUp::LinkUsed);
    let fresh = setup_link(&world).await;
    let exists = world.store.set_up(fresh, other.clone(), world.now()).await;
    assert_eq!(exists.unwrap(), SetUp::AccountExists);
    assert_eq!(world.store.user(other.id).await.unwrap(), None);
    assert_eq!(world.store.user(user.id).await.unwrap(), Some(user));
}

pub(super) async fn a_setup_link_runs_out_and_is_replaced(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = new_user(&world, "anna@example.org");
    let old = setup_link(&world).await;
    let expired = setup_link(&world).await;
    let replaced = world.store.set_up(old, user.clone(), world.now()).await;
    assert_eq!(replaced.unwrap(), SetUp::LinkExpired);
    world.pass(HOUR);
    let late = world.store.set_up(expired, user.clone(), world.now()).await;
    assert_eq!(late.unwrap(), SetUp::LinkExpired);
    let sign_in = sign_in_link(&world, user.id).await;
    let wrong = world.store.set_up(sign_in, user.clone(), world.now()).await;
    assert_eq!(wrong.unwrap(), SetUp::LinkUnknown);
    assert!(!world.store.any_user().await.unwrap());
    let fresh = setup_link(&world).await;
    let done = world.store.set_up(fresh, user.clone(), world.now()).await;
    assert_eq!(done.unwrap(), SetUp::Done(user));
}

pub(super) async fn concurrent_set_ups_make_one_account(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    let token = setup_link(&world).await;
    let tries = (0..8).map(|n| {
        let world = Arc::clone(&world);
        async move {
            let user = new_user(&world, &format!("user{n}@example.org"));
            world.store.set_up(token, user, world.now()).await.unwrap()
        }
    });
    let answers = at_once(tries).await;
    let made = answers
        .iter()
        .filter(|answer| matches!(answer, SetUp::Done(_)));
    assert_eq!(made.count(), 1);
}

pub(super) async fn an_address_has_one_account(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = new_user(&world, "anna@example.org");
    let created = world.store.create_user(user.clone()).await.unwrap();
    assert_eq!(created, UserCreated::Created(user.clone()));
    let again = world.store.create_user(user.clone()).await.unwrap();
    assert_eq!(again, UserCreated::Created(user.clone()));
    let other = new_user(&world, "anna@example.org");
    let taken = world.store.create_user(other).await.unwrap();
    assert_eq!(taken, UserCreated::EmailTaken(user.clone()));
    for email in ["anna@example.org", " Anna@Example.ORG "] {
        let found = world.store.user_by_email(email).await.unwrap();
        assert_eq!(found, Some(user.clone()), "{email}");
    }
    let nobody = world.store.user_by_email("eve@example.org").await.unwrap();
    assert_eq!(nobody, None);
}

pub(super) async fn an_account_is_changed(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = new_user(&world, "anna@example.org");
    world.store.create_user(user.clone()).await.unwrap();
    let mut settings = serde_json::Map::new();
    settings.insert("theme".to_owned(), "dark".into());
    let patch = UserPatch {
        name: Some(name("Anna B.")),
        password: Some("$argon2id$other".to_owned()),
        settings: Some(settings.clone()),
        ..UserPatch::default()
    };
    let changed = world.store.patch_user(user.id, patch.clone()).await;
    let changed = changed.unwrap().unwrap();
    assert_eq!(
        changed,
        User {
            name: name("Anna B."),
            password: "$argon2id$other".to_owned(),
            settings,
            ..user.clone()
        }
    );
    let same = world.store.patch_user(user.id, UserPatch::default()).await;
    assert_eq!(same.unwrap(), Some(changed.clone()));
    assert_eq!(world.store.user(user.id).await.unwrap(), Some(changed));
    let nobody = world.store.patch_user(world.id(), patch).await.unwrap();
    assert_eq!(nobody, None);
}

pub(super) async fn a_sign_in_link_opens_one_session(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = new_user(&world, "anna@example.org");
    world.store.create_user(user.clone()).await.unwrap();
    let take = async |token, session: &NewSession| {
        let now = world.now();
        let taken = world.store.take_sign_in_link(token, session.clone(), now);
        taken.await.unwrap()
    };
    let (first, second) = (
        sign_in_link(&world, user.id).await,
        sign_in_link(&world, user.id).await,
    );
    let (one, other) = (session_of_a_link(&world), session_of_a_link(&world));
    assert_eq!(take(first, &one).await, LinkTaken::User(user.clone()));
    let opened = world.store.session(one.token_hash).await.unwrap().unwrap();
    assert_eq!(
        (opened.id, opened.user_id, opened.by_link),
        (one.id, user.id, true)
    );
    // Asked again for the same session, the answer is the same, also when it has run out since.
    assert_eq!(take(first, &one).await, LinkTaken::User(user.clone()));
    assert_eq!(take(first, &other).await, LinkTaken::Used);
    assert_eq!(world.store.session(other.token_hash).await.unwrap(), None);
    assert_eq!(world.store.sessions(user.id).await.unwrap().len(), 1);
    assert_eq!(take(second, &other).await, LinkTaken::User(user.clone()));
    assert_eq!(take(world.digest(), &one).await, LinkTaken::Unknown);
    let setup = setup_link(&world).await;
    assert_eq!(take(setup, &one).await, LinkTaken::Unknown);
    let nobodys = sign_in_link(&world, world.id()).await;
    assert_eq!(take(nobodys, &one).await, LinkTaken::Unknown);
    let (late, disabled) = (
        sign_in_link(&world, user.id).await,
        sign_in_link(&world, user.id).await,
    );
    let patch = |disabled| UserPatch {
        disabled: Some(disabled),
        ..UserPatch::default()
    };
    let third = session_of_a_link(&world);
    world.store.patch_user(user.id, patch(true)).await.unwrap();
    assert_eq!(take(disabled, &third).await, LinkTaken::Disabled);
    assert_eq!(world.store.session(third.token_hash).await.unwrap(), None);
    world.store.patch_user(user.id, patch(false)).await.unwrap();
    assert_eq!(take(disabled, &third).await, LinkTaken::User(user.clone()));
    world.pass(HOUR);
    assert_eq!(take(late, &third).await, LinkTaken::Expired);
    assert_eq!(take(first, &one).await, LinkTaken::User(user));
}

pub(super) async fn concurrent_uses_of_a_sign_in_link_open_once(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    let user = new_user(&world, "anna@example.org");
    world.store.create_user(user.clone()).await.unwrap();
    let token = sign_in_link(&world, user.id).await;
    let tries = (0..8).map(|_| {
        let world = Arc::clone(&world);
        async move {
            let (session, now) = (session_of_a_link(&world), world.now());
            let taken = world.store.take_sign_in_link(token, session, now);
            taken.await.unwrap()
        }
    });
    let answers = at_once(tries).await;
    let opened = answers
        .iter()
        .filter(|answer| matches!(answer, LinkTaken::User(_)));
    assert_eq!(opened.count(), 1);
    assert_eq!(world.store.sessions(user.id).await.unwrap().len(), 1);
}

pub(super) async fn links_and_invites_are_forgotten_when_they_ran_out(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = new_user(&world, "anna@example.org");
    world.store.create_user(user.clone()).await.unwrap();
    let link = sign_in_link(&world, user.id).await;
    let now = world.now();
    let invite = Invite {
        id: world.id(),
        token_hash: world.digest(),
        role: Role::User,
        by: user.id,
        by_name: "Anna".to_owned(),
        created_at: now,
        expires_at: now.plus(HOUR),
    };
    world.store.create_invite(invite.clone()).await.unwrap();
    let forget = async |before, most| world.store.forget_links(before, most).await.unwrap();
    let almost = now.plus(HOUR).minus(Duration::from_millis(2));
    assert_eq!(forget(almost, 10).await, 0);
    assert_eq!(forget(invite.expires_at, 0).await, 0);
    assert_eq!(world.store.invites().await.unwrap().len(), 1);
    assert_eq!(forget(invite.expires_at, 1).await, 2);
    assert_eq!(world.store.invites().await.unwrap(), []);
    let taken = world
        .store
        .take_sign_in_link(link, session_of_a_link(&world), now);
    assert_eq!(taken.await.unwrap(), LinkTaken::Unknown);
}

fn session_of_a_link(world: &World) -> NewSession {
    NewSession {
        id: world.id(),
        token_hash: world.digest(),
        address: "10.0.0.12".to_owned(),
        user_agent: "a browser".to_owned(),
    }
}

pub(super) async fn sessions_are_kept_until_they_are_ended(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let mut sessions = Vec::new();
    for _ in 0..3 {
        let session = new_session(&world, user);
        world.store.create_session(session.clone()).await.unwrap();
        sessions.push(session);
    }
    let foreign = new_session(&world, world.id());
    world.store.create_session(foreign.clone()).await.unwrap();

    let read = world.store.session(sessions[0].token_hash).await.unwrap();
    assert_eq!(read, Some(sessions[0].clone()));
    assert_eq!(world.store.session(world.digest()).await.unwrap(), None);
    let used = world.now();
    world
        .store
        .touch_session(sessions[0].id, used)
        .await
        .unwrap();
    sessions[0].last_used_at = used;
    // An older note that comes late does not turn the time back.
    let before = used.minus(Duration::from_secs(1));
    world
        .store
        .touch_session(sessions[0].id, before)
        .await
        .unwrap();
    world.store.touch_session(world.id(), used).await.unwrap();
    let listed = world.store.sessions(user).await.unwrap();
    let expected = [&sessions[0], &sessions[2], &sessions[1]].map(Clone::clone);
    assert_eq!(listed, expected);

    world
        .store
        .delete_session(user, sessions[0].id)
        .await
        .unwrap();
    let read = world.store.session(sessions[0].token_hash).await.unwrap();
    assert_eq!(read, None);
    let ended = world
        .store
        .delete_other_sessions(user, Some(sessions[1].id));
    ended.await.unwrap();
    let listed = world.store.sessions(user).await.unwrap();
    assert_eq!(listed, [sessions[1].clone()]);
    world.store.delete_other_sessions(user, None).await.unwrap();
    assert_eq!(world.store.sessions(user).await.unwrap(), []);
    let read = world.store.session(foreign.token_hash).await.unwrap();
    assert_eq!(read, Some(foreign));
}

pub(super) async fn tokens_are_kept_until_they_are_deleted(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let mut first = new_token(&world, user);
    let second = new_token(&world, user);
    let foreign = new_token(&world, world.id());
    for token in [&first, &second, &foreign] {
        world.store.create_token(token.clone()).await.unwrap();
    }
    let read = world.store.token(first.token_hash).await.unwrap();
    assert_eq!(read, Some(first.clone()));
    assert_eq!(world.store.token(world.digest()).await.unwrap(), None);
    let used = world.now();
    world.store.touch_token(first.id, used).await.unwrap();
    first.last_used_at = Some(used);
    let listed = world.store.tokens(user).await.unwrap();
    assert_eq!(listed, [second, first.clone()]);
    world.store.delete_token(user, first.id).await.unwrap();
    assert_eq!(world.store.token(first.token_hash).await.unwrap(), None);
    let read = world.store.token(foreign.token_hash).await.unwrap();
    assert_eq!(read, Some(foreign));
}

pub(super) async fn deleting_says_whether_there_was_something(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user: UserId = world.id();
    let stranger = world.id();
    let token = new_token(&world, user);
    world.store.create_token(token.clone()).await.unwrap();
    let mut sessions = Vec::new();
    for _ in 0..3 {
        let session = new_session(&world, user);
        world.store.create_session(session.clone()).await.unwrap();
        sessions.push(session.id);
    }
    let store = &world.store;
    assert!(!store.delete_token(stranger, token.id).await.unwrap());
    assert!(store.delete_token(user, token.id).await.unwrap());
    assert!(!store.delete_token(user, token.id).await.unwrap());
    assert!(!store.delete_session(stranger, sessions[0]).await.unwrap());
    assert!(store.delete_session(user, sessions[0]).await.unwrap());
    assert!(!store.delete_session(user, sessions[0]).await.unwrap());
    let others = store.delete_other_sessions(user, Some(sessions[1])).await;
    assert_eq!(others.unwrap(), [sessions[2]]);
    let none: Vec<SessionId> = store.delete_other_sessions(stranger, None).await.unwrap();
    assert_eq!(none, []);
}

async fn setup_link(world: &World) -> Sha256 {
    put_link(world, LinkOpens::Setup).await
}

async fn sign_in_link(world: &World, user: UserId) -> Sha256 {
    put_link(world, LinkOpens::SignIn { user }).await
}

async fn put_link(world: &World, opens: LinkOpens) -> Sha256 {
    let now = world.now();
    let link = Link {
        token_hash: world.digest(),
        opens,
        created_at: now,
        expires_at: now.plus(HOUR),
    };
    world.store.put_link(link.clone()).await.unwrap();
    link.token_hash
}

pub(super) async fn an_account_is_disabled_and_gets_a_role(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = new_user(&world, "anna@example.org");
    world.store.create_user(user.clone()).await.unwrap();
    let session = new_session(&world, user.id);
    world.store.create_session(session.clone()).await.unwrap();
    let patch = UserPatch {
        role: Some(Role::Admin),
        disabled: Some(true),
        ..UserPatch::default()
    };
    let changed = world.store.patch_user(user.id, patch).await.unwrap();
    let changed = changed.unwrap();
    assert_eq!((changed.role, changed.disabled), (Role::Admin, true));
    let rows = world.store.users().await.unwrap();
    let row = UserRow {
        user: changed,
        last_seen_at: Some(session.last_used_at),
        agents: 0,
        jobs: 0,
    };
    assert_eq!(rows, [row]);
}

pub(super) async fn an_invite_makes_one_account_of_its_role(store: Arc<dyn Store>) {
    let world = World::new(store);
    let anna = new_user(&world, "anna@example.org");
    world.store.create_user(anna.clone()).await.unwrap();
    let invite = |role| Invite {
        id: world.id(),
        token_hash: world.digest(),
        role,
        by: anna.id,
        by_name: "Anna".to_owned(),
        created_at: world.now(),
        expires_at: world.now().plus(HOUR),
    };
    let (first, other) = (invite(Role::User), invite(Role::Admin));
    for invite in [&first, &other] {
        world.store.create_invite(invite.clone()).await.unwrap();
    }
    assert_eq!(world.store.invites().await.unwrap().len(), 2);
    let ben = new_user(&world, "ben@example.org");
    let accept = |invite: &Invite, user: &User| {
        let (token, user) = (invite.token_hash, user.clone());
        world.store.accept_invite(token, user, world.now())
    };
    let taken = new_user(&world, "ANNA@example.org");
    let answer = accept(&first, &taken).await.unwrap();
    assert_eq!(answer, InviteTaken::EmailTaken);
    let InviteTaken::Done(made) = accept(&first, &ben).await.unwrap() else {
        panic!("the invite is good");
    };
    assert_eq!(made.role, Role::User);
    let again = accept(&first, &ben).await.unwrap();
    assert_eq!(again, InviteTaken::Done(made));
    let eve = new_user(&world, "eve@example.org");
    assert_eq!(accept(&first, &eve).await.unwrap(), InviteTaken::Used);
    assert!(!world.store.delete_invite(first.id).await.unwrap());
    world.pass(HOUR);
    assert_eq!(accept(&other, &eve).await.unwrap(), InviteTaken::Expired);
    assert_eq!(
        world.store.invites().await.unwrap(),
        std::slice::from_ref(&other)
    );
    assert!(world.store.delete_invite(other.id).await.unwrap());
    assert_eq!(accept(&other, &eve).await.unwrap(), InviteTaken::Unknown);
    assert_eq!(world.store.user(eve.id).await.unwrap(), None);
}

fn new_user(world: &World, email: &str) -> User {
    User {
        id: world.id(),
        name: name("Anna"),
        email: email.to_owned(),
        password: "$argon2id$v=19$m=19456".to_owned(),
        role: Role::Owner,
        settings: serde_json::Map::new(),
        created_at: world.now(),
        disabled: false,
    }
}

fn new_session(world: &World, user: UserId) -> Session {
    let now = world.now();
    Session {
        id: world.id(),
        user_id: user,
        token_hash: world.digest(),
        by_link: true,
        address: "10.0.0.12".to_owned(),
        user_agent: "Firefox".to_owned(),
        created_at: now,
        last_used_at: now,
    }
}

fn new_token(world: &World, user: UserId) -> Token {
    Token {
        id: world.id(),
        user_id: user,
        name: name("Nightly"),
        scopes: vec![Scope::Play, Scope::Read],
        token_hash: world.digest(),
        created_at: world.now(),
        expires_at: None,
        last_used_at: None,
    }
}

pub(super) async fn sessions_are_forgotten_when_they_were_not_used(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let sessions = [0; 3].map(|_| new_session(&world, user));
    for session in &sessions {
        world.store.create_session(session.clone()).await.unwrap();
    }
    let since = sessions
        .iter()
        .map(|session| session.last_used_at)
        .max()
        .unwrap();
    let later = since.plus(Duration::from_millis(1));
    world
        .store
        .touch_session(sessions[1].id, later)
        .await
        .unwrap();
    let mut forgotten = Vec::new();
    for _ in 0..3 {
        forgotten.push(world.store.forget_sessions(since, 1).await.unwrap());
    }
    assert_eq!(forgotten, [1, 1, 0]);
    let kept = world.store.sessions(user).await.unwrap();
    let kept: Vec<_> = kept.iter().map(|session| session.id).collect();
    assert_eq!(kept, [sessions[1].id]);
}
