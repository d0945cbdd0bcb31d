// Light, dark or as the system has it. The choice is kept in this browser and set before the first paint by theme.js.

export type Theme = "system" | "light" | "dark";

class ThemeChoice {
  value: Theme = $state(read());

  choose(theme: Theme): void {
    this.value = theme;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // Storage is switched off: it holds until the page is closed.
    }
  }

  next(): void {
    this.choose(this.value === "system" ? "light" : this.value === "light" ? "dark" : "system");
  }
}

function read(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "system";
}

export const theme = new ThemeChoice();
