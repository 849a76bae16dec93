using RecordingService.Api.Recordings;
using RecordingService.Api.Tests.Support;
using RecordingService.Domain;
using RecordingService.Domain.Recordings;

namespace RecordingService.Api.Tests;

public sealed class FilesTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private static readonly Uri First = new("https://lessons.example.org/a/1/s1_c%231.m3u8");
    private static readonly Uri Second = new("https://lessons.example.org/a/2/s2_c%231.m3u8");

    [Fact]
    public void Files_OfSeveralRuns_AreListedByRunAndToldApartByProof()
    {
        var slice = new Uri(Second, "s2_c_1.ts");
        var recording = Recording(
            new()
            {
                Generation = 2,
                Phase = RunPhase.Closed,
                Playlist = Second,
                Files = FilesState.Complete,
            },
            new()
            {
                Generation = 1,
                Phase = RunPhase.Closed,
                Playlist = First,
                Files = FilesState.Missing,
            }
        );

        IReadOnlyList<RecordingFile> found =
        [
            new("s2_c#1.m3u8", Second, RecordingFileKind.Playlist, 100, TimeSpan.FromSeconds(15)),
            new("s2_c_1.ts", slice, RecordingFileKind.Slice, null, TimeSpan.FromSeconds(15)),
        ];

        var files = recording.ToFiles(new Dictionary<int, IReadOnlyList<RecordingFile>> { [2] = found });

        files.State.ShouldBe(FilesState.Partial);
        files.Items.ShouldBe([
            new(1, "s1_c#1.m3u8", First, RecordingFileKind.Playlist, null, null, Verified: false),
            new(2, "s2_c#1.m3u8", Second, RecordingFileKind.Playlist, 100, TimeSpan.FromSeconds(15), Verified: true),
            new(2, "s2_c_1.ts", slice, RecordingFileKind.Slice, null, TimeSpan.FromSeconds(15), Verified: true),
        ]);
    }

    [Fact]
    public async Task Files_FoundInTheBucket_AreAnsweredWithAddressSizeAndDuration()
    {
        var api = fixture.Api;
        var id = await api.RecordAsync("files");
        (await (await api.GetAsync($"/v1/recordings/{id}/files")).ShouldBeAsync(200)).GetProperty("items").GetArrayLength().ShouldBe(0);
        await api.HappensAsync(
            $$"""
            update recording.runs set document = document || '{"files":"Complete","playlist":"{{First}}"}' where recording_id = '{{id}}';
            insert into recording.run_files (recording_id, generation, files) values ('{{id}}', 1,
              '[{"fileName":"s1_c#1.m3u8","url":"{{First}}","kind":"Playlist","bytes":812,"duration":"00:00:15.2000000"}]')
            """
        );

        var files = await (await api.GetAsync($"/v1/recordings/{id}/files")).ShouldBeAsync(200);

        files.GetProperty("state").GetString().ShouldBe("complete");
        files
            .GetProperty("items")[0]
            .GetRawText()
            .ShouldBe(
                $$"""{"generation":1,"fileName":"s1_c#1.m3u8","url":"{{First}}","kind":"playlist","bytes":812,"duration":"PT15.2S","verified":true}"""
            );
    }

    private static Recording Recording(params Run[] runs) =>
        new()
        {
            Id = Guid.CreateVersion7(),
            Project = "School",
            Channel = "c#1",
            Label = "main",
            RoomType = "lecture",
            RoomTypeVersion = 1,
            Policy = new(),
            StorageProfile = "Lessons",
            AcceptedAt = new(2026, 9, 1, 8, 0, 0, TimeSpan.Zero),
            Wishes = new(TimeSpan.FromHours(1), null, null),
            Runs = runs,
        };
}
