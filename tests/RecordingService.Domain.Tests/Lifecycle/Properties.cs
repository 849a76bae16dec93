using FsCheck;
using FsCheck.Fluent;
using RecordingService.Domain.Lifecycle;
using RecordingService.Domain.Recordings;

namespace RecordingService.Domain.Tests.Lifecycle;

/// <summary>Random lives in an adversarial world. <see cref="Invariants"/> are checked after every decision; a failure prints its seed.</summary>
public sealed class Properties
{
    private static readonly Arbitrary<int[]> Genes = Gen.Choose(0, 1_000_000).ArrayOf(200).ToArbitrary();

    [Fact]
    public void AnyLife_KeepsTheInvariants() => Check(300, genes => new Life(genes).Suffer(400));

    [Fact]
    public void StopRequest_EndsInAFinalState_WhateverTheAnswers() =>
        Check(
            60,
            genes =>
            {
                var life = new Life(genes).Suffer(60).RequestStop();

                Rest(life);

                life.Recording.State.ShouldBeOneOf(RecordingState.Completed, RecordingState.Failed, RecordingState.Aborted);
            }
        );

    [Fact]
    public void Close_EndsAtOnce_WhateverTheAnswers() =>
        Check(
            100,
            genes =>
            {
                var life = new Life(genes).Suffer(60);
                var (isOpen, calls) = (life.Recording.MakesSense(OperatorAction.Close), life.Calls.Count);
                var closedAt = life.Act(OperatorAction.Close).Now;

                Rest(life);

                life.Recording.State.ShouldBeOneOf(RecordingState.Completed, RecordingState.Failed, RecordingState.Aborted);
                if (isOpen)
                {
                    life.Recording.State.ShouldBe(RecordingState.Failed);
                    life.Recording.Reason!.Code.ShouldBe("closed_by_operator");
                    life.Recording.EndedAt!.Value.ShouldBeLessThan(closedAt.AddMinutes(1));
                    life.Calls.Skip(calls)
                        .Count(call => call.Operation == RunOperation.Stop)
                        .ShouldBeLessThanOrEqualTo(life.Recording.Runs.Count, "each recorder is stopped once at most");
                }
            }
        );

    [Fact]
    public void AnswerToAStart_AfterTheEnd_LeavesTheFinalStateAlone() =>
        Check(
            100,
            genes =>
            {
                var life = new Life(genes);
                while (!life.IsAtRest && life.Calls.All(call => call.Operation != RunOperation.Start))
                {
                    life.Proceed();
                }

                life.LoseHolder().Suffer(genes.Length % 8).RequestStop();
                Rest(life);
                var told = life.Recording.State;

                Rest(life.AnswerLost());

                life.Recording.State.ShouldBe(told);
            }
        );

    [Fact]
    public void MaximumDuration_EndsInAFinalState_WithoutAnybodyAsking() =>
        Check(
            30,
            genes =>
            {
                var life = new Life(genes);

                Rest(life);

                life.Recording.EndedAt.ShouldNotBeNull();
                // The maximum duration of a life, and then at most the period in which its recorders can be stopped.
                life.Recording.EndedAt.Value.ShouldBeLessThan(Script.Noon.AddHours(2) + new LifecycleOptions().ControlPeriod);
            }
        );

    [Fact]
    public void Calls_AreBounded_WhateverTheAnswers() =>
        Check(
            200,
            genes =>
            {
                var life = new Life(genes);
                while (!life.IsAtRest && life.Now < Script.Noon.AddHours(1))
                {
                    life.Proceed();
                    life.Calls.Count.ShouldBeLessThan(10_000, "a hot loop");
                }

                life.Calls.Count(call => call.Operation == RunOperation.Start).ShouldBeLessThan(200, "starts in an hour");
                life.Calls.Count(call => call.Operation != RunOperation.InspectFiles)
                    .ShouldBeLessThan(
                        3600,
                        "calls to Agora in an hour: less than one a second, even when nobody lets recorders be stopped"
                    );
            }
        );

    [Fact]
    public void RecordersInTheChannel_AreBoundedUnlessTheirStartsStayedUnanswered() =>
        Check(
            100,
            genes =>
            {
                var life = new Life(genes);
                while (!life.IsAtRest && life.Now < Script.Noon.AddHours(1))
                {
                    life.Proceed();
                    life.Recording.Runs.Count(run => run is { MayBeInChannel: true, Phase: not (RunPhase.Orphaned or RunPhase.Stopping) })
                        .ShouldBeLessThanOrEqualTo(4);
                }
            }
        );

    private static void Rest(Life life)
    {
        var decisions = life.Decisions;
        while (!life.IsAtRest)
        {
            life.Proceed();
            (life.Decisions - decisions).ShouldBeLessThan(100_000, "it never comes to rest");
        }
    }

    private static void Check(int lives, Action<int[]> property) =>
        Prop.ForAll(Genes, property).Check(Config.QuickThrowOnFailure.WithMaxTest(lives).WithQuietOnSuccess(true));
}
