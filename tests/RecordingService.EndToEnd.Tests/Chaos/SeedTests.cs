using System.Text.Json;
using RecordingService.Chaos.Faults;
using RecordingService.Chaos.Timetables;
using RecordingService.Simulation;

namespace RecordingService.EndToEnd.Tests.Chaos;

/// <summary>A seed decides timetable and faults, and nothing else does.</summary>
public sealed class SeedTests
{
    private const int Classes = 60;
    private const int Replicas = 2;

    [Fact]
    public void Draw_WithTheSameSeed_IsTheSame()
    {
        Text(Timetable.Draw(7, Classes)).ShouldBe(Text(Timetable.Draw(7, Classes)));
        Text(Plan(7)).ShouldBe(Text(Plan(7)));
    }

    [Fact]
    public void Draw_WithAnotherSeed_Differs()
    {
        Text(Timetable.Draw(7, Classes)).ShouldNotBe(Text(Timetable.Draw(8, Classes)));
        Text(Plan(7)).ShouldNotBe(Text(Plan(8)));
    }

    [Fact]
    public void Draw_OfAKnownSeed_IsTheSameInEveryProcess() =>
        Timetable.Draw(1, 1).Classes[0].Start.TotalSeconds.ShouldBe(60.2512365, 1e-6);

    [Fact]
    public void Timetable_WithMoreClasses_BeginsWithTheSameOnes() =>
        Text(Timetable.Draw(7, Classes).Classes.Take(8)).ShouldBe(Text(Timetable.Draw(7, 8).Classes));

    [Fact]
    public void Timetable_OfAllClasses_KeepsToProjectsAndBreaks()
    {
        var timetable = Timetable.Draw(7, 200);

        timetable.Classes.GroupBy(plan => plan.Project).ShouldAllBe(project => project.Count() == 50);
        foreach (var plan in timetable.Classes)
        {
            (plan.Stop - plan.Start).ShouldBe(Timetable.ClassLength);
            plan.Steps.ShouldBeInOrder(SortDirection.Ascending, Comparer<ChannelStep>.Create((one, other) => one.At.CompareTo(other.At)));
            plan.Steps[0].At.ShouldBeGreaterThanOrEqualTo(TimeSpan.Zero);
            var teacher = plan.Steps.Where(step => step.Uid == "1").ToList();
            teacher[^1].Presence.ShouldBe(Presence.Gone);
            teacher
                .Zip(teacher.Skip(1))
                .Where(pair => !pair.First.HasMedia)
                .ShouldAllBe(pair => pair.Second.At - pair.First.At <= Timetable.LongestBreak);
        }
    }

    [Fact]
    public void Plan_OfOneFamily_IsAPartOfTheWhole()
    {
        var whole = Plan(7);
        var kills = FaultPlan.Draw(7, Timetable.Draw(7, Classes), FaultFamilies.Kills, Replicas);

        kills.Recorders.ShouldNotBeEmpty();
        Text(kills.Recorders).ShouldBe(Text(whole.Recorders.Where(fault => fault.Kind == RecorderFaultKind.Killed)));
        kills.Calls.ShouldBeEmpty();
        kills.Hosts.ShouldBeEmpty();
        kills.Service.ShouldBeEmpty();
    }

    [Fact]
    public void Plan_WithoutFaults_IsEmpty()
    {
        var calm = FaultPlan.Draw(7, Timetable.Draw(7, Classes), FaultFamilies.None, Replicas);

        (calm.Calls.Count + calm.Recorders.Count + calm.Hosts.Count + calm.Service.Count).ShouldBe(0);
        (calm.Notices.LossRate + calm.Notices.DuplicateRate).ShouldBe(0);
    }

    [Fact]
    public void Plan_OfEveryFamily_NamesScenariosOfTheSimulator() =>
        Plan(7).Calls.Select(fault => fault.Scenario).Distinct().ShouldAllBe(name => Scenario.All.Any(scenario => scenario.Name == name));

    [Fact]
    public void Plan_OfHosts_NeverHasTwoConditionsAtOnce()
    {
        var faults = Plan(7).Hosts;

        faults.Zip(faults.Skip(1)).ShouldAllBe(pair => pair.First.At + pair.First.Length < pair.Second.At);
    }

    private static FaultPlan Plan(int seed) => FaultPlan.Draw(seed, Timetable.Draw(seed, Classes), FaultFamilies.All, Replicas);

    private static string Text(object drawn) => JsonSerializer.Serialize(drawn);
}
