"""Opens the Chromium or Chrome of this computer, headless, with its own driver and a profile of its own.

Nothing is downloaded: without a browser or its driver the robot fails and says what to install.
"""

import os
import shutil
import tempfile
from pathlib import Path

from robot.api.deco import keyword, library
from robot.libraries.BuiltIn import BuiltIn
from selenium import webdriver
from selenium.common.exceptions import WebDriverException

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
DRIVERS = ["chromedriver", "chromium-driver", "chromium.chromedriver"]
BROWSER_PLACES = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    "/snap/bin/chromium",
]
DRIVER_PLACES = ["/usr/lib/chromium-browser/chromedriver", "/usr/lib/chromium/chromedriver"]
HINT = (
    "On Debian or Ubuntu: apt install chromium chromium-driver. Elsewhere install Chrome and "
    "its chromedriver, or name both in the environment variables CHROMIUM and CHROMEDRIVER."
)


def _find(variable, names, places):
    candidates = [os.environ.get(variable)] + [shutil.which(name) for name in names] + places
    return next((path for path in candidates if path and Path(path).is_file()), None)


@library(scope="SUITE")
class LocalBrowser:
    def __init__(self):
        self._profile = None

    @keyword
    def open_local_browser(self, page):
        """Opens a file of this computer and answers which browser shows it."""
        browser = _find("CHROMIUM", BROWSERS, BROWSER_PLACES)
        if not browser:
            raise AssertionError(f"No Chromium or Chrome was found on this computer. {HINT}")
        driver = _find("CHROMEDRIVER", DRIVERS, DRIVER_PLACES)
        if not driver:
            raise AssertionError(
                f"{browser} was found, but no chromedriver, which steers it. {HINT}"
            )
        self._profile = tempfile.mkdtemp(prefix="order-form-")
        options = webdriver.ChromeOptions()
        options.binary_location = browser
        for argument in [
            "--headless=new", "--window-size=1000,900", "--disable-dev-shm-usage", "--disable-gpu",
            "--no-first-run", f"--user-data-dir={self._profile}",
        ]:
            options.add_argument(argument)
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # Chromium refuses its sandbox to root, which is the usual user in a container.
            options.add_argument("--no-sandbox")
        try:
            window = webdriver.Chrome(
                options=options, service=webdriver.ChromeService(executable_path=driver)
            )
        except WebDriverException as error:
            raise AssertionError(f"{browser} did not start: {error.msg} {HINT}") from error
        selenium = BuiltIn().get_library_instance("SeleniumLibrary")
        selenium.register_driver(window, alias=None)
        window.get(Path(page).as_uri())
        found = window.capabilities
        return f"{found['browserName']} {found['browserVersion']} ({browser})"

    @keyword
    def remove_browser_profile(self):
        if self._profile:
            shutil.rmtree(self._profile, ignore_errors=True)
            self._profile = None
