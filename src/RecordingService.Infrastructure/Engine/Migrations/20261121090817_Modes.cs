using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace RecordingService.Infrastructure.Engine.Migrations
{
    /// <inheritdoc />
    public partial class Modes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "removed_at",
                schema: "recording",
                table: "room_types",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "encryption",
                schema: "recording",
                table: "recordings",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "layout",
                schema: "recording",
                table: "recordings",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "subscription",
                schema: "recording",
                table: "recordings",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "web_page",
                schema: "recording",
                table: "recordings",
                type: "text",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "notifications",
                schema: "recording",
                columns: table => new
                {
                    project = table.Column<string>(type: "text", nullable: false),
                    notice_id = table.Column<string>(type: "text", nullable: false),
                    product_id = table.Column<int>(type: "integer", nullable: false),
                    event_type = table.Column<int>(type: "integer", nullable: false),
                    channel = table.Column<string>(type: "text", nullable: true),
                    recorder_uid = table.Column<long>(type: "bigint", nullable: true),
                    sid = table.Column<string>(type: "text", nullable: true),
                    recording_id = table.Column<Guid>(type: "uuid", nullable: true),
                    generation = table.Column<int>(type: "integer", nullable: true),
                    body = table.Column<string>(type: "text", nullable: false),
                    received_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_notifications", x => new { x.project, x.notice_id });
                });

            migrationBuilder.CreateIndex(
                name: "IX_notifications_received_at",
                schema: "recording",
                table: "notifications",
                column: "received_at");

            migrationBuilder.CreateIndex(
                name: "IX_notifications_recording_id_received_at",
                schema: "recording",
                table: "notifications",
                columns: new[] { "recording_id", "received_at" },
                filter: "recording_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_notifications_sid",
                schema: "recording",
                table: "notifications",
                column: "sid");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "notifications",
                schema: "recording");

            migrationBuilder.DropColumn(
                name: "removed_at",
                schema: "recording",
                table: "room_types");

            migrationBuilder.DropColumn(
                name: "encryption",
                schema: "recording",
                table: "recordings");

            migrationBuilder.DropColumn(
                name: "layout",
                schema: "recording",
                table: "recordings");

            migrationBuilder.DropColumn(
                name: "subscription",
                schema: "recording",
                table: "recordings");

            migrationBuilder.DropColumn(
                name: "web_page",
                schema: "recording",
                table: "recordings");
        }
    }
}
