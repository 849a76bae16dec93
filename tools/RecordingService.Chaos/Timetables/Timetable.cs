namespace RecordingService.Chaos.Timetables;

/// <summary>What a user does in a channel from a moment on.</summary>
internal enum Presence
{
    /// <summary>Sends sound and picture.</summary>
    Publishes,

    /// <summary>Sends sound.</summary>
    Speaks,

    /// <summary>Is there and listens.</summary>
    Listens,

    /// <summary>Is not there.</summary>
    Gone,
}

/// <summary>A change in a channel.</summary>
/// <param name="At">When, from the beginning of the run; recording time.</param>
/// <param name="Uid">Who.</param>
/// <param name="Presence">What from then on.</param>
internal readonly record struct ChannelStep(TimeSpan At, string Uid, Presence Presence)
{
    /// <summary>Whether there is something to record of this user.</summary>
    public bool HasMedia => Presence is Presence.Publishes or Presence.Speaks;
}

/// <summary>A class: when it is asked for and stopped, and who comes and goes. Times count from the beginning of the run, recording time.</summary>
/// <param name="Index">Position in the timetable, from 0.</param>
/// <param name="Project">Which of the projects of a client records it.</param>
/// <param name="Start">When its recording is asked for.</param>
/// <param name="Stop">When it is asked to stop.</param>
/// <param name="Steps">What happens in its channel, in order.</param>
internal sealed record ClassPlan(int Index, int Project, TimeSpan Start, TimeSpan Stop, IReadOnlyList<ChannelStep> Steps);

/// <summary>The classes of a run, drawn from a seed: the same seed gives the same classes, whatever the faults are.</summary>
internal sealed record Timetable(IReadOnlyList<ClassPlan> Classes)
{
    /// <summary>Projects (App IDs) of each client.</summary>
    public const int Projects = 4;

    /// <summary>Length of a class, from its request to its stop.</summary>
    public static readonly TimeSpan ClassLength = TimeSpan.FromMinutes(40);

    /// <summary>Longest break or absence of a teacher: what a lecture's policy expects.</summary>
    public static readonly TimeSpan LongestBreak = TimeSpan.FromMinutes(5);

    /// <summary>Teachers may be early by so much.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(60);

    /// <summary>So each project begins a class about every five seconds, far below its rate limit.</summary>
    private static readonly TimeSpan Stagger = TimeSpan.FromSeconds(1.2);

    private const double LateTeachers = 0.15;

    /// <summary>Gets when the last class is stopped.</summary>
    public TimeSpan End => Classes.Max(plan => plan.Stop);

    /// <summary>Draws the classes.</summary>
    /// <param name="seed">Seed.</param>
    /// <param name="classes">How many.</param>
    public static Timetable Draw(int seed, int classes) => new([.. Enumerable.Range(0, classes).Select(index => DrawClass(seed, index))]);

    private static ClassPlan DrawClass(int seed, int index)
    {
        var random = Seeds.Random(seed, "class", index);
        var start = Early + Stagger * (index + random.NextDouble());
        var stop = start + ClassLength;
        List<ChannelStep> steps = [.. Teacher(random, start, stop)];
        var students = random.Next(1, 5);
        for (var student = 0; student < students; student++)
        {
            steps.AddRange(Student(random, $"{100 + student}", start, stop));
        }

        return new ClassPlan(index, index % Projects, start, stop, [.. steps.OrderBy(step => step.At)]);
    }

    /// <summary>Comes early, in time or late; has a break or two; loses the network now and then; leaves about the end.</summary>
    private static IEnumerable<ChannelStep> Teacher(Random random, TimeSpan start, TimeSpan stop)
    {
        const string uid = "1";
        var comes =
            random.NextDouble() < LateTeachers
                ? start + Between(random, 60, LongestBreak.TotalSeconds)
                : start + Between(random, -Early.TotalSeconds, 20);
        yield return new ChannelStep(comes, uid, Presence.Publishes);
        var leaves = stop + Between(random, -60, 60);
        var breaks = random.Next(1, 3);
        for (var nth = 0; nth < breaks; nth++)
        {
            // Each within a stretch of its own, so that they do not meet.
            var stretch = ClassLength / breaks;
            var from = start + stretch * nth + Between(random, 360, stretch.TotalSeconds - 360);
            // In one break the teacher leaves, in the other camera and microphone are off.
            yield return new ChannelStep(from, uid, nth == 0 ? Presence.Gone : Presence.Listens);
            yield return new ChannelStep(from + Between(random, 60, LongestBreak.TotalSeconds - 10), uid, Presence.Publishes);
        }

        if (random.NextDouble() < 0.4)
        {
            var from = stop - Between(random, 80, 170);
            yield return new ChannelStep(from, uid, Presence.Gone);
            yield return new ChannelStep(from + Between(random, 3, 15), uid, Presence.Publishes);
        }

        yield return new ChannelStep(leaves, uid, Presence.Gone);
    }

    private static IEnumerable<ChannelStep> Student(Random random, string uid, TimeSpan start, TimeSpan stop)
    {
        yield return new ChannelStep(start + Between(random, -30, 300), uid, Presence.Listens);
        var words = random.Next(0, 4);
        for (var nth = 0; nth < words; nth++)
        {
            var from = start + Between(random, 300, ClassLength.TotalSeconds - 300);
            yield return new ChannelStep(from, uid, Presence.Speaks);
            yield return new ChannelStep(from + Between(random, 5, 60), uid, Presence.Listens);
        }

        yield return new ChannelStep(stop + Between(random, -20, 90), uid, Presence.Gone);
    }

    private static TimeSpan Between(Random random, double from, double to) =>
        TimeSpan.FromSeconds(from + (to - from) * random.NextDouble());
}
