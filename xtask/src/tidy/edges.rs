//! Which crate may know which: the layers of docs/ARCHITECTURE.md, held against cargo's own view.
//!
//! Only what is built into a program counts; tests may use more.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Finding;
use crate::command;

const PREFIX: &str = "arkwright-";

/// Every crate, and the crates of ours that it may use.
const MAY_USE: [(&str, &[&str]); 15] = [
    ("model", &[]),
    ("wire", &["model"]),
    ("store", &["model"]),
    ("store-sqlite", &["store", "model"]),
    ("dispatch", &["store", "model"]),
    ("sessions", &["dispatch", "wire", "store", "model"]),
    (
        "server",
        &[
            "sessions",
            "dispatch",
            "wire",
            "store",
            "store-sqlite",
            "model",
        ],
    ),
    ("runner", &["model"]),
    ("agent-core", &["wire", "model"]),
    (
        "agent",
        &["agent-core", "runner", "socketio-client", "wire", "model"],
    ),
    ("socketio-client", &[]),
    (
        "simulation",
        &[
            "agent-core",
            "sessions",
            "dispatch",
            "wire",
            "store",
            "store-sqlite",
            "judge",
            "model",
        ],
    ),
    ("judge", &[]),
    ("testkit", EVERYTHING),
    ("e2e", EVERYTHING),
];
const EVERYTHING: &[&str] = &["*"];

/// What must not come in anywhere below a crate: runtimes, sockets, drivers.
const KEEPS_OUT: [(&str, &[&str]); 5] = [
    (
        "model",
        &[
            "tokio",
            "mio",
            "axum",
            "hyper",
            "socketioxide",
            "tungstenite",
            "reqwest",
            "rusqlite",
            "rand",
            "getrandom",
        ],
    ),
    (
        "wire",
        &[
            "tokio",
            "mio",
            "axum",
            "hyper",
            "socketioxide",
            "tungstenite",
            "reqwest",
            "rusqlite",
        ],
    ),
    (
        "dispatch",
        &[
            "axum",
            "hyper",
            "socketioxide",
            "tungstenite",
            "reqwest",
            "rusqlite",
            "rand",
        ],
    ),
    (
        "sessions",
        &[
            "axum",
            "hyper",
            "socketioxide",
            "tungstenite",
            "reqwest",
            "rusqlite",
            "rand",
        ],
    ),
    (
        "agent-core",
        &[
            "tokio",
            "mio",
            "axum",
            "hyper",
            "socketioxide",
            "tungstenite",
            "reqwest",
            "rusqlite",
            "rand",
        ],
    ),
];

/// The parts of `cargo metadata` that are looked at.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// Absent for what is built into a program, else `dev` or `build`.
    kind: Option<String>,
}

/// Who uses whom directly, by name; and who of them is ours.
struct Graph {
    uses: BTreeMap<String, BTreeSet<String>>,
    ours: BTreeSet<String>,
}

pub(super) fn check() -> Result<Vec<Finding>> {
    let json = command::output(
        command::cargo().args(["metadata", "--format-version", "1", "--quiet"]),
        "asking cargo for the crates",
    )?;
    let metadata = serde_json::from_str(&json).context("reading what `cargo metadata` said")?;
    Ok(findings(&graph(metadata)))
}

fn graph(metadata: Metadata) -> Graph {
    let names: BTreeMap<&str, &str> = metadata
        .packages
        .iter()
        .map(|it| (it.id.as_str(), it.name.as_str()))
        .collect();
    let name = |id: &str| names.get(id).copied().unwrap_or(id).to_owned();
    let uses = metadata
        .resolve
        .nodes
        .iter()
        .map(|node| {
            let built_in = node
                .deps
                .iter()
                .filter(|it| it.dep_kinds.iter().any(|it| it.kind.is_none()));
            (name(&node.id), built_in.map(|it| name(&it.pkg)).collect())
        })
        .collect();
    Graph {
        uses,
        ours: metadata
            .workspace_members
            .iter()
            .map(|id| name(id))
            .collect(),
    }
}

fn findings(graph: &Graph) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &graph.ours {
        let Some(own) = package.strip_prefix(PREFIX) else {
            continue;
        };
        let file = format!("crates/{own}/Cargo.toml");
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == own) else {
            let what = "this crate has no row in the table of who may use whom (tidy, edges)";
            findings.push(Finding::new(&file, 1, what));
            continue;
        };
        for used in graph.uses.get(package).into_iter().flatten() {
            let Some(used) = used
                .strip_prefix(PREFIX)
                .filter(|_| graph.ours.contains(used))
            else {
                continue;
            };
            if *allowed != EVERYTHING && !allowed.contains(&used) {
                findings.push(Finding::new(
                    &file,
                    1,
                    format!("`{own}` must not use `{used}`"),
                ));
            }
        }
        let kept_out = KEEPS_OUT.iter().find(|(name, _)| *name == own);
        for banned in kept_out.map_or(&[][..], |(_, banned)| banned) {
            if let Some(path) = path_to(graph, package, banned) {
                let what = format!("`{own}` must stay free of `{banned}`: {}", path.join(" → "));
                findings.push(Finding::new(&file, 1, what));
            }
        }
    }
    findings
}

/// The way on which a crate comes in, shortest first.
fn path_to(graph: &Graph, from: &str, to: &str) -> Option<Vec<String>> {
    let mut seen = BTreeSet::from([from.to_owned()]);
    let mut paths = vec![vec![from.to_owned()]];
    while !paths.is_empty() {
        let mut longer = Vec::new();
        for path in paths {
            let last = path.last()?;
            if last == to {
                return Some(path);
            }
            for next in graph.uses.get(last).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    longer.push([path.as_slice(), std::slice::from_ref(next)].concat());
                }
            }
        }
        paths = longer;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(edges: &[(&str, &[&str])]) -> Vec<String> {
        let uses: BTreeMap<String, BTreeSet<String>> = edges
            .iter()
            .map(|(from, to)| {
                (
                    from.to_string(),
                    to.iter().map(ToString::to_string).collect(),
                )
            })
            .collect();
        let ours = uses
            .keys()
            .filter(|name| name.starts_with(PREFIX))
            .cloned()
            .collect();
        findings(&Graph { uses, ours })
            .into_iter()
            .map(|finding| finding.what)
            .collect()
    }

    #[test]
    fn an_edge_against_the_layers_is_found() {
        let found = of(&[
            ("arkwright-model", &["arkwright-wire"]),
            ("arkwright-wire", &[]),
        ]);
        assert_eq!(found, ["`model` must not use `wire`"]);
    }

    #[test]
    fn an_edge_along_the_layers_is_fine() {
        assert_eq!(
            of(&[
                ("arkwright-wire", &["arkwright-model"]),
                ("arkwright-model", &[])
            ]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_runtime_is_found_also_behind_another_crate() {
        let found = of(&[("arkwright-model", &["innocent"]), ("innocent", &["tokio"])]);
        assert_eq!(
            found,
            ["`model` must stay free of `tokio`: arkwright-model → innocent → tokio"]
        );
    }

    #[test]
    fn a_crate_without_a_row_is_found() {
        assert_eq!(of(&[("arkwright-extra", &[])]).len(), 1);
    }

    #[test]
    fn what_only_tests_use_does_not_count() {
        let metadata: Metadata = serde_json::from_str(
            r#"{"packages":[{"id":"1","name":"arkwright-model"},{"id":"2","name":"tokio"}],
                "workspace_members":["1"],
                "resolve":{"nodes":[{"id":"1","deps":[{"pkg":"2","dep_kinds":[{"kind":"dev"}]}]}]}}"#,
        )
        .expect("it is what cargo says");
        assert!(findings(&graph(metadata)).is_empty());
    }
}
