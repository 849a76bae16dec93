using RecordingService.Domain.Recordings;
using static RecordingService.Domain.AgoraFailureKind;
using static RecordingService.Domain.Recordings.RunOperation;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>What the machine answers to each observation, one row each: the failure table of the product.</summary>
public sealed class FailureTable
{
    private static readonly Answer Ok = Answer.Ok;

    /// <summary>Observation; operation that it answers; the answers; phase of run 1 and state of the recording right after the last of them.</summary>
    public static TheoryData<string, RunOperation, Answer[], RunPhase, RecordingState> Rows =>
        new()
        {
            { "acquire 40x (2, 401)", Acquire, [Answer.Of(InvalidRequest)], RunPhase.Closed, RecordingState.Failed },
            { "acquire 40x (400, 405)", Acquire, [Answer.Of(ProjectMisconfigured)], RunPhase.Closed, RecordingState.Failed },
            { "acquire 404 of the gateway", Acquire, [Answer.Of(NoRoute)], RunPhase.Closed, RecordingState.Failed },
            { "acquire 406", Acquire, [Answer.Of(QuotaExhausted)], RunPhase.Planned, RecordingState.Starting },
            { "acquire 429", Acquire, [Answer.Of(RateLimited)], RunPhase.Planned, RecordingState.Starting },
            { "acquire 5xx", Acquire, [Answer.Of(ServerError)], RunPhase.Planned, RecordingState.Starting },
            { "acquire 401, 403", Acquire, [Answer.Of(Unauthorized)], RunPhase.Planned, RecordingState.Starting },
            { "start 200 without sid", Start, [Answer.Of(Unanswered)], RunPhase.OutcomeUnknown, RecordingState.Starting },
            { "start 201/7", Start, [Answer.Of(AlreadyStarted)], RunPhase.SidUnknown, RecordingState.Starting },
            { "start 50x", Start, [Answer.Of(ServerError)], RunPhase.OutcomeUnknown, RecordingState.Starting },
            { "start 206/65", Start, [Answer.Of(NotCompleted)], RunPhase.OutcomeUnknown, RecordingState.Starting },
            { "start 400/53", Start, [Answer.Of(Conflict)], RunPhase.Closed, RecordingState.Starting },
            { "start 400/2, hash mismatch", Start, [Answer.Of(InvalidRequest)], RunPhase.Closed, RecordingState.Failed },
            { "start 433, 1001", Start, [Answer.Of(ResourceExpired), Ok], RunPhase.Proving, RecordingState.Starting },
            { "start 432, 1003", Start, [Answer.Of(MismatchedIds)], RunPhase.Closed, RecordingState.Starting },
            { "start 401, 403", Start, [Answer.Of(Unauthorized)], RunPhase.Acquired, RecordingState.Starting },
            { "start 429", Start, [Answer.Of(RateLimited)], RunPhase.Acquired, RecordingState.Starting },
            { "query 1", Query, [Answer.Has(1)], RunPhase.Proving, RecordingState.Starting },
            { "query 3", Query, [Answer.Has(3)], RunPhase.Proving, RecordingState.Starting },
            { "query 4", Query, [Answer.Has(4)], RunPhase.Recording, RecordingState.Recording },
            { "query 5", Query, [Answer.Has(5)], RunPhase.Recording, RecordingState.Recording },
            { "query 6", Query, [Answer.Has(6)], RunPhase.Uploading, RecordingState.Starting },
            { "query 8", Query, [Answer.Has(8)], RunPhase.Uploading, RecordingState.Starting },
            { "query 20", Query, [Answer.Has(20)], RunPhase.Uploading, RecordingState.Starting },
            { "query 20 of a proven run", Query, [Ok, Answer.Has(20)], RunPhase.Uploading, RecordingState.Recovering },
            { "query of a status nobody knows", Query, [Ok, Answer.Has(42)], RunPhase.Recording, RecordingState.Recording },
            { "query 404 of the gateway", Query, [Ok, Answer.Of(NoRoute)], RunPhase.Recording, RecordingState.Recording },
            { "query 404 of a worker", Query, [Ok, Answer.Of(RecorderNotFound)], RunPhase.Doubtful, RecordingState.Recovering },
            { "query 50x", Query, [Ok, Answer.Of(ServerError)], RunPhase.Recording, RecordingState.Recording },
            { "query 206/65", Query, [Ok, Answer.Of(NotCompleted)], RunPhase.Recording, RecordingState.Recording },
            { "query unanswered", Query, [Ok, Answer.Of(Unanswered)], RunPhase.Recording, RecordingState.Recording },
            { "query 400/2", Query, [Ok, Answer.Of(InvalidRequest)], RunPhase.Recording, RecordingState.Recording },
            { "query 401, 403", Query, [Ok, Answer.Of(Unauthorized)], RunPhase.Recording, RecordingState.Recording },
            { "query not sent", Query, [Ok, Answer.Of(NotSent)], RunPhase.Recording, RecordingState.Recording },
            { "stop 200", Stop, [Ok], RunPhase.Uploading, RecordingState.Uploading },
            { "stop 49", Stop, [Answer.Of(AlreadyExiting)], RunPhase.Uploading, RecordingState.Uploading },
            { "stop 404 of a worker", Stop, [Answer.Of(RecorderNotFound)], RunPhase.Stopping, RecordingState.Stopping },
            { "stop 404 of the gateway", Stop, [Answer.Of(NoRoute)], RunPhase.Stopping, RecordingState.Stopping },
            { "stop 206/65, code 50", Stop, [Answer.Of(NotCompleted)], RunPhase.Stopping, RecordingState.Stopping },
            { "stop 50x", Stop, [Answer.Of(ServerError)], RunPhase.Stopping, RecordingState.Stopping },
            { "stop unanswered", Stop, [Answer.Of(Unanswered)], RunPhase.Stopping, RecordingState.Stopping },
            { "stop 401, 403", Stop, [Answer.Of(Unauthorized)], RunPhase.Stopping, RecordingState.Stopping },
            { "stop 429", Stop, [Answer.Of(RateLimited)], RunPhase.Stopping, RecordingState.Stopping },
            { "stop not sent", Stop, [Answer.Of(NotSent)], RunPhase.Stopping, RecordingState.Stopping },
        };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Observation_LeadsToTheDecisionOfTheTable(
        string observation,
        RunOperation operation,
        Answer[] answers,
        RunPhase phase,
        RecordingState state
    )
    {
        var script = new Script().On(operation, 1, answers);

        script.Play(operation == Query ? 5 + 120 * (answers.Length - 1) : 0);
        if (operation == Stop)
        {
            script.Play(60).RequestStop();
        }

        script.Run(1).Phase.ShouldBe(phase, observation);
        script.Recording.State.ShouldBe(state, observation);
    }

    /// <summary>Failure of stop; when the calls are made, counted from the request; how the run ends.</summary>
    public static TheoryData<string, AgoraFailureKind, double[], RunPhase> Stops =>
        new()
        {
            { "404 of a worker is checked again after 5, 10, 15 s", RecorderNotFound, [0, 5, 15, 30], RunPhase.Closed },
            { "404 of the gateway convicts at the third", NoRoute, [0, 5, 15], RunPhase.Closed },
            { "400/2 convicts at the third", InvalidRequest, [0, 5, 15], RunPhase.Closed },
            { "50x goes on", ServerError, [0, 5, 15, 30, 60, 90], RunPhase.Stopping },
            { "not sent goes on", NotSent, [0, 1, 4, 10, 25, 55, 85], RunPhase.Stopping },
            { "401 goes on every 30 s", Unauthorized, [0, 30, 60, 90], RunPhase.Stopping },
        };

    [Theory]
    [Trait("Rule", "S11")]
    [MemberData(nameof(Stops))]
    public void S11_Stop_IsRepeatedUntilItsEndIsKnown(string row, AgoraFailureKind failure, double[] at, RunPhase phase)
    {
        var script = new Script().On(Stop, 1, Answer.Of(failure)).Play(60).RequestStop().Play(60 + 100);

        script.SecondsOf(Stop, 1).Select(second => second - 60).ShouldBe(at, row);
        script.Run(1).Phase.ShouldBe(phase, row);
    }
}
