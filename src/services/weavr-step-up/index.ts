import type { operations } from "../../../generated/services/weavr-step-up";
import { noCorrelation } from "../../http/api";
import { makeFindProgramme, type ProgrammeKeyPorts, readProgrammeKey } from "../weavr-login/programme-key";
import type { Service, ServiceDefinition } from "../service";
import { type IdentifyUserPorts, makeIdentifyUser } from "./user";
import { type ChallengePorts, makeCreateChallenge } from "./challenge";
import { refuseChallenge, refuseVerification } from "./refuse";
import { makeVerifyChallenge } from "./verify";

export type StepUpPorts = ProgrammeKeyPorts & Omit<IdentifyUserPorts, "findProgramme"> & Omit<ChallengePorts, "identifyUser">;

/** weavr's step-up: a one-time password turns a login into a stronger one. */
function makeStepUp(ports: StepUpPorts): Service<operations> {
  const identifyUser = makeIdentifyUser({ ...ports, findProgramme: makeFindProgramme(ports) });
  return {
    correlation: noCorrelation,
    endpoints: {
      createOtpChallenge: {
        handle: makeCreateChallenge({ ...ports, identifyUser }),
        refuse: refuseChallenge,
        readCredentials: readProgrammeKey,
        readableFrom: "registered origins",
      },
      verifyOtpChallenge: {
        handle: makeVerifyChallenge({ ...ports, identifyUser }),
        refuse: refuseVerification,
        readCredentials: readProgrammeKey,
        readableFrom: "registered origins",
      },
    },
  };
}

export default { serves: "auth_token", make: makeStepUp } satisfies ServiceDefinition<operations, StepUpPorts>;
