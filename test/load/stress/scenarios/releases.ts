import { runTwoReleases } from "../process/two-releases";
import type { Scenario } from "../scenario";

/** The release before this one and this one on one database, as in a rolling update. */
export const releasesSideBySide: Scenario = () => runTwoReleases();
