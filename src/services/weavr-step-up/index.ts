import type { operations } from "../../../generated/services/weavr-step-up";
import { noCorrelation } from "../../http/api";
import { makeProgrammeOf, type ProgrammeKeyPorts } from "../weavr-login/programme-key";
import type { Service, ServiceDefinition } from "../service";
import { type AskingUserPorts, makeAskingUser } from "./user";
import { type ChallengePorts, makeCreateChallenge } from "./challenge";
import { refuseChallenge, refuseVerification } from "./refuse";
import { makeVerifyChallenge } from "./verify";

export type StepUpPorts = ProgrammeKeyPorts & Omit<AskingUserPorts, "programmeOf"> & Omit<ChallengePorts, "askingUser">;

/** weavr's step-up: a one-time password turns a login into a stronger one. */
function makeStepUp(ports: StepUpPorts): Service<operations> {
  const askingUser = makeAskingUser({ ...ports, programmeOf: makeProgrammeOf(ports) });
  return {
    correlation: noCorrelation,
    endpoints: {
      createOtpChallenge: { handle: makeCreateChallenge({ ...ports, askingUser }), refuse: refuseChallenge },
      verifyOtpChallenge: { handle: makeVerifyChallenge({ ...ports, askingUser }), refuse: refuseVerification },
    },
  };
}

export default { serves: "auth_token", make: makeStepUp } satisfies ServiceDefinition<operations, StepUpPorts>;
